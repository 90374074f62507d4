#include "server/ledger/postgresql/rows.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/ledger/claim_rules.h"
#include "server/ledger/earlier_versions.h"

namespace webex_gateway {

// The states in the statements' text, where partial indices need them.
static_assert(static_cast<int>(OperationState::kInFlight) == 1 && static_cast<int>(OperationState::kSucceeded) == 2 &&
              static_cast<int>(OperationState::kFailed) == 3 && static_cast<int>(OperationState::kUnknown) == 4);

namespace {

constexpr char kHex[] = "\\x";  // begins the text form of bytes
constexpr char kBetweenPgIds[] = "\n";

}  // namespace

Operation OperationAt(const PgRows& rows, int row) {
  const auto text = [&](int column) { return std::string(rows.Text(row, column)); };
  Operation operation;
  operation.request_id = text(0);
  operation.sp_enterprise_id = text(1);
  operation.user_id = text(2);
  operation.state = static_cast<OperationState>(rows.Int(row, 3));
  operation.claim = rows.Int(row, 4);
  operation.caller = text(5);
  operation.create_time = absl::FromUnixMicros(rows.Int(row, 6));
  operation.update_time = absl::FromUnixMicros(rows.Int(row, 7));
  Ending& ending = operation.ending;
  if (operation.state != OperationState::kInFlight) ending.state = operation.state;
  if (!rows.IsNull(row, 8)) ending.answer = BytesOf(rows.Text(row, 8));
  ending.error_code = static_cast<absl::StatusCode>(rows.Int(row, 9));
  ending.error_reason = text(10);
  ending.tracking_id = text(11);
  ending.attempts = static_cast<int>(rows.Int(row, 12));
  operation.resolved_by = text(13);
  operation.resolve_note = text(14);
  operation.gateway = GatewayName(text(16), text(15));
  operation.sends_until = absl::FromUnixMicros(rows.Int(row, 17));
  operation.other_workspace_ids = absl::StrSplit(rows.Text(row, 18), kBetweenPgIds, absl::SkipEmpty());
  operation.method = text(19);
  operation.repeatable = rows.Bool(row, 20);
  operation.subject = text(21);
  operation.workspace_id = text(22);
  operation.after_unknown = rows.Bool(row, 23);
  AddWorkspaceId(operation);
  ending.workspace_id = WorkspaceIdOfEnding(operation);
  return operation;
}

PgValue PgNumber(int64_t value) { return absl::StrCat(value); }
PgValue PgState(OperationState state) { return absl::StrCat(static_cast<int>(state)); }
PgValue PgMicros(absl::Time time) { return absl::StrCat(absl::ToUnixMicros(time)); }
PgValue PgMicros(absl::Duration duration) { return absl::StrCat(absl::ToInt64Microseconds(duration)); }
PgValue PgInterval(absl::Duration duration) {
  return absl::StrCat(absl::ToInt64Milliseconds(duration), " milliseconds");
}
PgValue PgBytes(const std::string& bytes) { return absl::StrCat(kHex, absl::BytesToHexString(bytes)); }

PgValue PgIds(const std::vector<std::string>& ids) { return absl::StrJoin(ids, kBetweenPgIds); }

PgValue PgBytes(const std::optional<std::string>& bytes) { return bytes ? PgBytes(*bytes) : std::nullopt; }
PgValue PgBool(bool value) { return value ? "true" : "false"; }

std::string BytesOf(absl::string_view text) { return absl::HexStringToBytes(absl::StripPrefix(text, kHex)); }

void PgColumns::Add(const std::vector<PgValue>& row) {
  for (size_t i = 0; i < columns_.size(); ++i) columns_[i].push_back(row[i]);
}

void PgColumns::AppendTo(std::vector<PgValue>& values) const {
  for (const std::vector<PgValue>& column : columns_) values.emplace_back(PgArray(column));
}

std::set<std::string> TextsOf(const PgRows& rows) {
  std::set<std::string> texts;
  for (int row = 0; row < rows.size(); ++row) texts.emplace(rows.Text(row, 0));
  return texts;
}

}  // namespace webex_gateway
