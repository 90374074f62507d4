// How the PostgreSQL store ends operations: by a claim's completion, and by a resolution.
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/uuid.h"
#include "server/ledger/postgresql/rows.h"
#include "server/ledger/postgresql/store.h"

namespace webex_gateway {
namespace {

int IsIn(const Operation& operation, OperationState state) { return operation.state == state ? 1 : 0; }

}  // namespace

struct PostgresqlStore::Timed {
  Operation operation;
  absl::Time now;  // by the server's clock
};

std::vector<absl::StatusOr<PgCompleted>> PostgresqlStore::Complete(absl::Span<const Completion* const> completions) {
  std::vector<absl::StatusOr<PgCompleted>> all;
  const absl::StatusOr<std::vector<bool>> was_open = CompleteOpen(completions);
  for (size_t i = 0; i < completions.size(); ++i) {
    if (!was_open.ok()) {
      all.emplace_back(was_open.status());
    } else if ((*was_open)[i]) {
      all.emplace_back(PgCompleted());
    } else {
      all.push_back(CompleteOne(*completions[i]));
      if (!all.back().ok() || all.back()->is_on_record) continue;
      // If the database has lost records, that it lacks this one says nothing.
      if (absl::Status renewed = Renew(); !renewed.ok()) all.back() = renewed;
    }
  }
  return all;
}

// Returns which of them were written. This covers only the simplest rule (open, and of the same claim); claim_rules.h
// has the others.
absl::StatusOr<std::vector<bool>> PostgresqlStore::CompleteOpen(absl::Span<const Completion* const> completions) {
  static const std::string* const kSql = new std::string(absl::StrCat(
      "WITH changed AS (UPDATE webex_operations o SET state = e.state, workspace = e.answer,"
      " workspace_id = CASE WHEN o.repeatable THEN o.workspace_id ELSE e.workspace_id END,"
      " error_code = e.error_code, error_reason = e.error_reason, tracking_id = e.tracking_id, attempts = e.attempts,"
      " update_time =",
      kNow, ", sends_until = LEAST(o.sends_until,", kNow,
      ") FROM unnest($1::uuid[], $2::bigint[], $3::int[], $4::bytea[], $5::int[], $6::text[], $7::text[], $8::int[],"
      " $9::text[], $10::bool[]) AS e (request_id, claim, state, answer, error_code, error_reason, tracking_id,"
      " attempts, workspace_id, is_own)"
      " WHERE o.request_id = e.request_id AND o.claim = e.claim AND (NOT e.is_own OR o.gateway = $11::uuid)"
      " AND o.state IN (1, 4) AND o.state <> e.state"
      " AND o.other_workspace_ids = '' AND NOT (o.after_unknown AND (e.state = 3 OR NOT o.repeatable))"
      " RETURNING o.request_id, o.state), tally AS (",
      kTally, ") SELECT request_id FROM changed"));
  // Sorted, so that gateways that write the same rows do so in the same order; of several for the same id, only the
  // first.
  std::map<std::string, const Completion*> rows;
  for (const Completion* completion : completions) rows.emplace(completion->request_id, completion);
  PgColumns columns(10);
  for (const auto& [id, completion] : rows) {
    const Ending& ending = completion->ending;
    columns.Add({id, PgNumber(completion->claim), PgState(ending.state), PgBytes(ending.answer),
                 PgNumber(static_cast<int>(ending.error_code)), ending.error_reason, ending.tracking_id,
                 PgNumber(ending.attempts), ending.workspace_id, PgBool(completion->is_own)});
  }
  std::vector<PgValue> values;
  columns.AppendTo(values);
  values.emplace_back(settings_.gateway);
  const absl::StatusOr<PgRows> updated = Write(*kSql, values);
  if (!updated.ok()) return updated.status();
  const std::set<std::string> ids = TextsOf(*updated);
  std::vector<bool> written;
  for (const Completion* completion : completions) {
    written.push_back(rows[completion->request_id] == completion && ids.contains(completion->request_id));
  }
  return written;
}

absl::StatusOr<PgCompleted> PostgresqlStore::CompleteOne(const Completion& completion) {
  const std::string gateway = GatewayName(settings_.host, settings_.gateway);
  PgCompleted effect{OfNoRecord(completion.ending), false};
  const auto end = [&](const Operation& operation, absl::Time now) {
    // A claim of this number by another gateway was granted after the database had lost this one.
    const bool is_replaced = completion.is_own && operation.claim == completion.claim && operation.gateway != gateway;
    const int64_t claim = is_replaced ? completion.claim - 1 : completion.claim;
    Completed completed = webex_gateway::Complete(operation, claim, completion.ending, now);
    effect = {completed.verdict, operation.claim >= completion.claim && !is_replaced};
    return std::move(completed.operation);
  };
  if (absl::Status changed = Change(completion.request_id, end); !changed.ok()) return changed;
  return effect;
}

absl::StatusOr<ResolveAnswer> PostgresqlStore::Resolve(const Resolution& resolution) {
  ResolveAnswer answer;
  const auto end = [&](const Operation& operation, absl::Time now) {
    answer = webex_gateway::Resolve(operation, resolution, now);
    return answer.verdict == ResolveVerdict::kResolved ? std::optional(answer.operation) : std::nullopt;
  };
  if (absl::Status changed = Change(resolution.request_id, end); !changed.ok()) return changed;
  return answer;
}

// Replaces the operation by the result of `rule`; does nothing if there is no result, or no operation. If another
// gateway is quicker, the rule is applied again to what that gateway has written.
absl::Status PostgresqlStore::Change(const std::string& request_id, const Rule& rule) {
  for (int i = 0; i < kPgTries; ++i) {
    const absl::StatusOr<std::optional<Timed>> found = GetTimed(request_id);
    if (!found.ok()) return found.status();
    if (!*found) return absl::OkStatus();
    const auto& [operation, now] = **found;
    const std::optional<Operation> changed = rule(operation, now);
    if (!changed) return absl::OkStatus();
    const absl::StatusOr<bool> replaced = Replace(operation, *changed);
    if (!replaced.ok()) return replaced.status();
    if (*replaced) return absl::OkStatus();
  }
  return absl::AbortedError("too many want to end the same order at once");
}

absl::StatusOr<std::optional<PostgresqlStore::Timed>> PostgresqlStore::GetTimed(const std::string& request_id) {
  static const std::string* const kSql = new std::string(
      absl::StrCat("SELECT", kOperationColumns, ",", kNow, "FROM webex_operations o WHERE o.request_id = $1::uuid"));
  if (!IsUuid(request_id)) return std::optional<Timed>();
  const absl::StatusOr<PgRows> rows = Run(*kSql, {request_id});
  if (!rows.ok()) return rows.status();
  if (rows->size() == 0) return std::optional<Timed>();
  const absl::Time now = absl::FromUnixMicros(rows->Int(0, kOperationColumnCount));
  return std::optional<Timed>({OperationAt(*rows, 0), now});
}

// False: the operation has changed meanwhile.
absl::StatusOr<bool> PostgresqlStore::Replace(const Operation& operation, const Operation& by) {
  static const std::string* const kSql = new std::string(
      "WITH changed AS (UPDATE webex_operations o SET state = $5::int, workspace = $6::bytea, error_code = $7::int,"
      " error_reason = $8, tracking_id = $9, attempts = $10::int, update_time = $11::bigint, resolved_by = $12,"
      " resolve_note = $13, sends_until = $14::bigint, other_workspace_ids = $15, workspace_id = $18,"
      " after_unknown = $19::bool WHERE o.request_id = $1::uuid"
      " AND o.claim = $2::bigint AND o.state = $3::int AND o.update_time = $4::bigint RETURNING o.request_id),"
      " tally AS (INSERT INTO webex_tallies (succeeded, failed) SELECT $16::bigint, $17::bigint FROM changed"
      " WHERE $16::bigint <> 0 OR $17::bigint <> 0) SELECT request_id FROM changed");
  const auto difference = [&](OperationState state) { return PgNumber(IsIn(by, state) - IsIn(operation, state)); };
  const Ending& ending = by.ending;
  const absl::StatusOr<PgRows> changed =
      Write(*kSql, {operation.request_id, PgNumber(operation.claim), PgState(operation.state),
                    PgMicros(operation.update_time), PgState(by.state), PgBytes(ending.answer),
                    PgNumber(static_cast<int>(ending.error_code)), ending.error_reason, ending.tracking_id,
                    PgNumber(ending.attempts), PgMicros(by.update_time), by.resolved_by, by.resolve_note,
                    PgMicros(by.sends_until), PgIds(by.other_workspace_ids), difference(OperationState::kSucceeded),
                    difference(OperationState::kFailed), by.workspace_id, PgBool(by.after_unknown)});
  if (!changed.ok()) return changed.status();
  return changed->size() > 0;
}

}  // namespace webex_gateway
