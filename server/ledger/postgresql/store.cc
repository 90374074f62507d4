#include "server/ledger/postgresql/store.h"

#include <chrono>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/base/uuid.h"
#include "server/ledger/postgresql/rows.h"

namespace webex_gateway {
namespace {

constexpr int64_t kAtOnce = 1000;  // operations that one statement changes, so that none takes long
constexpr int kBites = 10;

std::optional<Operation> OnlyOne(const PgRows& rows) {
  if (rows.size() == 0) return std::nullopt;
  return OperationAt(rows, 0);
}

bool IsRefusal(const absl::Status& status) { return absl::IsAborted(status) || absl::IsAlreadyExists(status); }

}  // namespace

absl::StatusOr<PgRows> PostgresqlStore::Run(const std::string& sql, const std::vector<PgValue>& values) {
  absl::StatusOr<PgRows> rows = connection_.Run(sql, values);
  for (int i = 1; i < kPgTries && absl::IsAborted(rows.status()); ++i) rows = connection_.Run(sql, values);
  return rows;
}

absl::StatusOr<PgRows> PostgresqlStore::Write(const std::string& sql, const std::vector<PgValue>& values) {
  const auto began = std::chrono::steady_clock::now();
  absl::StatusOr<PgRows> rows = Run(sql, values);
  // A conflict with another transaction is no fault of the database.
  const bool nothing = rows.ok() ? rows->size() == 0 : IsRefusal(rows.status());
  if (!nothing) writes_.push_back({rows.status(), absl::FromChrono(std::chrono::steady_clock::now() - began)});
  return rows;
}

// Get, List, Count

absl::StatusOr<std::optional<Operation>> PostgresqlStore::Get(const std::string& request_id) {
  static const std::string* const kSql = new std::string(
      absl::StrCat("SELECT", kOperationColumns, "FROM webex_operations o WHERE o.request_id = $1::uuid"));
  if (!IsUuid(request_id)) return std::optional<Operation>();
  const absl::StatusOr<PgRows> rows = Run(*kSql, {request_id});
  if (!rows.ok()) return rows.status();
  return OnlyOne(*rows);
}

absl::StatusOr<OperationPage> PostgresqlStore::List(const ListQuery& query, int64_t before) {
  std::string sql =
      absl::StrCat("SELECT", kOperationColumns, ", o.number,", kNow, "FROM webex_operations o WHERE o.number < $1");
  // Reads one more than needed, to know whether there is another page.
  std::vector<PgValue> values = {PgNumber(before), PgNumber(static_cast<int64_t>(query.page_size) + 1)};
  if (query.state) absl::StrAppend(&sql, " AND o.state = ", static_cast<int>(*query.state));
  const auto also = [&](absl::string_view column, const std::string& value) {
    if (value.empty()) return;
    values.emplace_back(value);
    absl::StrAppend(&sql, " AND o.", column, " = $", values.size());
  };
  also("sp_enterprise_id", query.sp_enterprise_id);
  also("user_id", query.user_id);
  also("caller", query.caller);
  also("method", query.method);
  also("workspace_id", query.workspace_id);
  if (query.newest > 0) {
    // Not by the number alone: an insert that finds its id on record takes one, too.
    absl::StrAppend(
        &sql, " AND o.number >= COALESCE((SELECT number FROM webex_operations ORDER BY number DESC LIMIT 1 OFFSET ",
        query.newest - 1, "), 0)");
  }
  absl::StrAppend(&sql, " ORDER BY o.number DESC LIMIT $2::bigint");
  const absl::StatusOr<PgRows> rows = connection_.RunOnce(sql, values);
  if (!rows.ok()) return rows.status();
  OperationPage page;
  for (int row = 0; row < rows->size() && row < query.page_size; ++row) {
    page.operations.push_back(OperationAt(*rows, row));
  }
  if (rows->size() > 0) page.now = absl::FromUnixMicros(rows->Int(0, kOperationColumnCount + 1));
  if (rows->size() > query.page_size) {
    page.next_page_token = std::string(rows->Text(query.page_size - 1, kOperationColumnCount));
  }
  return page;
}

absl::StatusOr<LedgerCounts> PostgresqlStore::Count() {
  static const std::string* const kSql = new std::string(
      "SELECT (SELECT count(*) FROM webex_operations WHERE state = 1),"
      " (SELECT count(*) FROM webex_operations WHERE state = 4 AND NOT repeatable),"
      " (SELECT sum(succeeded) FROM webex_tallies), (SELECT sum(failed) FROM webex_tallies),"
      " (SELECT count(*) FROM webex_operations WHERE state = 4 AND repeatable)");
  static const std::string* const kOldest = new std::string(
      "SELECT request_id, update_time, error_reason, gateway_host, gateway, sends_until FROM webex_operations"
      " WHERE state = 4 AND NOT repeatable ORDER BY update_time LIMIT $1");
  static const std::string* const kGroups = new std::string(
      "SELECT create_time / $1::bigint * $1::bigint AS since, error_reason, count(*) FROM webex_operations"
      " WHERE state = 4 AND NOT repeatable GROUP BY since, error_reason ORDER BY since DESC, error_reason DESC"
      " LIMIT $2");
  const absl::StatusOr<PgRows> rows = Run(*kSql);
  if (!rows.ok()) return rows.status();
  LedgerCounts counts;
  counts.in_flight = rows->Int(0, 0);
  counts.unknown = rows->Int(0, 1);
  counts.succeeded = rows->Int(0, 2);
  counts.failed = rows->Int(0, 3);
  counts.unknown_repeatable = rows->Int(0, 4);
  if (counts.unknown == 0) return counts;
  const absl::StatusOr<PgRows> oldest = Run(*kOldest, {PgNumber(kOldestUnknown)});
  if (!oldest.ok()) return oldest.status();
  for (int row = 0; row < oldest->size(); ++row) {
    counts.oldest_unknown.push_back({std::string(oldest->Text(row, 0)), absl::FromUnixMicros(oldest->Int(row, 1)),
                                     std::string(oldest->Text(row, 2)),
                                     GatewayName(std::string(oldest->Text(row, 3)), std::string(oldest->Text(row, 4))),
                                     absl::FromUnixMicros(oldest->Int(row, 5))});
  }
  const absl::StatusOr<PgRows> groups =
      Run(*kGroups, {PgNumber(absl::ToInt64Microseconds(kUnknownGroupStretch)), PgNumber(kUnknownGroups)});
  if (!groups.ok()) return groups.status();
  for (int row = 0; row < groups->size(); ++row) {
    counts.unknown_groups.push_back(
        {absl::FromUnixMicros(groups->Int(row, 0)), std::string(groups->Text(row, 1)), groups->Int(row, 2)});
  }
  return counts;
}

// Housekeeping

absl::StatusOr<int64_t> PostgresqlStore::MarkOrphansUnknown() {
  // By the claim's number, so that one that was ended and claimed again meanwhile is not mistaken for the lost one.
  static const std::string* const kSql = new std::string(absl::StrCat(
      "UPDATE webex_operations o SET state = 4, error_code = $1::int, error_reason = 'WEBEX_ANSWER_LOST', update_time "
      "=",
      kNow,
      "FROM (SELECT i.request_id, i.claim FROM webex_operations i WHERE i.state = 1"
      " AND NOT EXISTS (SELECT 1 FROM webex_gateways g WHERE g.id = i.gateway AND g.lease_until > clock_timestamp())"
      " ORDER BY i.request_id LIMIT $2::bigint) lost"
      " WHERE o.request_id = lost.request_id AND o.claim = lost.claim AND o.state = 1 RETURNING o.request_id"));
  const PgValue code = PgNumber(static_cast<int>(absl::StatusCode::kUnavailable));
  int64_t lost = 0;
  while (true) {
    const absl::StatusOr<PgRows> bite = Run(*kSql, {code, PgNumber(kAtOnce)});
    if (!bite.ok()) return bite.status();
    lost += bite->size();
    if (bite->size() == 0) return lost;
  }
}

absl::Status PostgresqlStore::GiveSubjects(const SubjectOfUser& subject_of) {
  static const std::string* const kFind = new std::string(
      "SELECT request_id, sp_enterprise_id, user_id FROM webex_operations WHERE state IN (1, 4)"
      " AND method = 'ProvisionWorkspace' AND subject = '' ORDER BY sp_enterprise_id, user_id LIMIT $1::bigint");
  static const std::string* const kGive =
      new std::string("UPDATE webex_operations SET subject = $2 WHERE request_id = $1::uuid AND subject = ''");
  const absl::StatusOr<PgRows> rows = Run(*kFind, {PgNumber(kAtOnce)});
  if (!rows.ok()) return rows.status();
  for (int row = 0; row < rows->size(); ++row) {
    const std::string subject = subject_of(std::string(rows->Text(row, 1)), std::string(rows->Text(row, 2)));
    const absl::Status given = Run(*kGive, {std::string(rows->Text(row, 0)), subject}).status();
    // If two now have the same user, one of them gets no subject.
    if (!given.ok() && !absl::IsAlreadyExists(given)) return given;
  }
  return absl::OkStatus();
}

absl::StatusOr<absl::Time> PostgresqlStore::Now() {
  static const std::string* const kSql = new std::string(absl::StrCat("SELECT", kNow));
  const absl::StatusOr<PgRows> rows = Run(*kSql);
  if (!rows.ok()) return rows.status();
  return absl::FromUnixMicros(rows->Int(0, 0));
}

absl::Status PostgresqlStore::Forget(absl::Time before) {
  static const std::string* const kOperations = new std::string(
      "WITH changed AS (DELETE FROM webex_operations WHERE request_id IN (SELECT request_id FROM webex_operations"
      " WHERE state IN (2, 3) AND update_time < $1::bigint ORDER BY update_time LIMIT $2::bigint)"
      " AND state IN (2, 3) AND update_time < $1::bigint RETURNING state), tally AS ("
      "INSERT INTO webex_tallies (succeeded, failed) SELECT -count(*) FILTER (WHERE state = 2),"
      " -count(*) FILTER (WHERE state = 3) FROM changed HAVING count(*) > 0) SELECT count(*) FROM changed");
  static const std::string* const kRepeatable = new std::string(
      "DELETE FROM webex_operations WHERE state = 4 AND repeatable AND request_id IN (SELECT request_id"
      " FROM webex_operations WHERE state = 4 AND repeatable AND update_time < $1::bigint LIMIT $2::bigint)"
      " AND update_time < $1::bigint");
  static const std::string* const kTallies = new std::string(
      "WITH old AS (DELETE FROM webex_tallies RETURNING succeeded, failed) INSERT INTO webex_tallies (succeeded, "
      "failed)"
      " SELECT sum(succeeded), sum(failed) FROM old HAVING count(*) > 0");
  static const std::string* const kGateways =
      new std::string("DELETE FROM webex_gateways WHERE lease_until < clock_timestamp() - '1 hour'::interval");
  for (int i = 0; i < kBites; ++i) {
    const absl::StatusOr<PgRows> gone = Run(*kOperations, {PgMicros(before), PgNumber(kAtOnce)});
    if (!gone.ok()) return gone.status();
    if (gone->Int(0, 0) < kAtOnce) break;
  }
  if (const auto gone = Run(*kRepeatable, {PgMicros(before), PgNumber(kAtOnce)}); !gone.ok()) return gone.status();
  if (const auto summed = Run(*kTallies); !summed.ok()) return summed.status();
  return Run(*kGateways).status();
}

}  // namespace webex_gateway
