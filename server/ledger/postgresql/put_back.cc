// How the PostgreSQL store restores what this gateway knows, after the database has lost records.
#include "absl/strings/str_cat.h"
#include "server/ledger/postgresql/rows.h"
#include "server/ledger/postgresql/store.h"

namespace webex_gateway {
namespace {

// As on record: an order that creates a workspace learns its id at its end; the others name it.
std::string WorkspaceIdOf(const PgKnown& known) {
  if (known.claim.request.repeatable || !known.ending) return known.claim.request.workspace_id;
  return known.ending->workspace_id;
}

// An earlier claim may have had an effect: one of this gateway, or another gateway's of the same number.
constexpr char kAfterUnknown[] = " ($7::bool OR claim = $2::bigint AND state = 4 AND gateway <> $3::uuid) ";

// What a claim begins with: nothing, but for an order that is sent once more the ending of the claim before (see
// Operation::after_unknown).
std::string Kept(const char* column, const char* nothing) {
  return absl::StrCat(" CASE WHEN", kAfterUnknown, "AND NOT repeatable THEN ", column, " ELSE ", nothing, " END");
}

}  // namespace

OperationState PgKnown::state() const {
  if (!ending) return OperationState::kInFlight;
  const bool leaves_unknown = after_unknown && ending->state == OperationState::kFailed;
  return leaves_unknown ? OperationState::kUnknown : ending->state;
}

bool PgKnown::BlocksNobody() const {
  if (state() == OperationState::kInFlight) return false;
  return state() != OperationState::kUnknown || claim.request.repeatable;
}

absl::StatusOr<std::vector<std::string>> PostgresqlStore::PutBack(absl::Span<const PgKnown> known) {
  const absl::StatusOr<std::set<std::string>> on_record = OnRecord(known);
  if (!on_record.ok()) return on_record.status();
  std::vector<const PgKnown*> harmless;
  for (const PgKnown& each : known) {
    if (each.BlocksNobody() && !on_record->contains(each.claim.request.request_id)) harmless.push_back(&each);
  }
  const absl::StatusOr<std::set<std::string>> inserted = PutBackAsEnded(harmless);
  if (!inserted.ok()) return inserted.status();
  std::vector<std::string> blocked;
  for (const PgKnown& each : known) {
    const std::string& id = each.claim.request.request_id;
    if (on_record->contains(id) || inserted->contains(id)) continue;
    const absl::StatusOr<bool> is_back = PutBackOne(each);
    if (!is_back.ok()) return is_back.status();
    if (!*is_back) blocked.push_back(id);
  }
  return blocked;
}

// Those that need nothing: the database has the same claim, which has ended as this gateway knows or was resolved by a
// person since, or a later claim, unless this one has succeeded.
absl::StatusOr<std::set<std::string>> PostgresqlStore::OnRecord(absl::Span<const PgKnown> known) {
  static const std::string* const kSql = new std::string(
      "SELECT o.request_id FROM unnest($2::uuid[], $3::bigint[], $4::bigint[], $5::int[], $6::text[])"
      " AS k (request_id, claim, ticket, state, workspace_id) JOIN webex_operations o ON o.request_id = k.request_id"
      " WHERE o.claim > k.claim AND k.state <> 2"
      " OR o.claim = k.claim AND o.gateway = $1::uuid AND o.ticket = k.ticket AND (k.state = 1"
      " OR k.state = 2 AND o.state = 2 AND o.workspace_id = k.workspace_id"
      " OR k.state IN (3, 4) AND o.state IN (2, 3, k.state))");
  PgColumns columns(5);
  for (const PgKnown& each : known) {
    columns.Add({each.claim.request.request_id, PgNumber(each.number), PgNumber(each.claim.ticket),
                 PgState(each.state()), WorkspaceIdOf(each)});
  }
  std::vector<PgValue> values = {settings_.gateway};
  columns.AppendTo(values);
  const absl::StatusOr<PgRows> rows = Run(*kSql, values);
  if (!rows.ok()) return rows.status();
  return TextsOf(*rows);
}

// Inserts operations that block nobody as they ended, so that no later order for the same subject prevents that.
// Returns those that had no row.
absl::StatusOr<std::set<std::string>> PostgresqlStore::PutBackAsEnded(absl::Span<const PgKnown* const> ended) {
  static const std::string* const kInsert = new std::string(absl::StrCat(
      "WITH changed AS (INSERT INTO webex_operations (request_id, sp_enterprise_id, user_id, fingerprint, caller,"
      " state, claim, gateway, ticket, gateway_host, create_time, update_time, sends_until, method, repeatable,"
      " subject, workspace_id, workspace, error_code, error_reason, tracking_id, attempts, after_unknown)"
      " SELECT e.request_id, e.sp_enterprise_id, e.user_id, e.fingerprint, e.caller, e.state, e.claim, $1::uuid,"
      " e.ticket, $2,",
      kNow, ",", kNow, ",", kNow,
      ", e.method, e.repeatable, e.subject, e.workspace_id, e.answer, e.error_code, e.error_reason, e.tracking_id,"
      " e.attempts, e.after_unknown FROM unnest($3::uuid[], $4::text[], $5::text[], $6::bytea[], $7::text[],"
      " $8::int[], $9::bigint[], $10::bigint[], $11::text[], $12::bool[], $13::text[], $14::text[], $15::bytea[],"
      " $16::int[], $17::text[], $18::text[], $19::int[], $20::bool[]) AS e (request_id, sp_enterprise_id, user_id,"
      " fingerprint, caller, state, claim, ticket, method, repeatable, subject, workspace_id, answer, error_code,"
      " error_reason, tracking_id, attempts, after_unknown)"
      " ON CONFLICT (request_id) DO NOTHING RETURNING request_id, state), tally AS (",
      kTally, ") SELECT request_id FROM changed"));
  if (ended.empty()) return std::set<std::string>();
  PgColumns columns(18);
  for (const PgKnown* each : ended) {
    const ClaimRequest& request = each->claim.request;
    const Ending& ending = *each->ending;
    columns.Add({request.request_id, request.sp_enterprise_id, request.user_id, PgBytes(request.fingerprint),
                 request.caller, PgState(each->state()), PgNumber(each->number), PgNumber(each->claim.ticket),
                 request.method, PgBool(request.repeatable), request.subject, WorkspaceIdOf(*each),
                 PgBytes(ending.answer), PgNumber(static_cast<int>(ending.error_code)), ending.error_reason,
                 ending.tracking_id, PgNumber(ending.attempts), PgBool(each->after_unknown)});
  }
  std::vector<PgValue> values = {settings_.gateway, settings_.host};
  columns.AppendTo(values);
  const absl::StatusOr<PgRows> inserted = Write(*kInsert, values);
  if (!inserted.ok()) return inserted.status();
  return TextsOf(*inserted);
}

// False: it cannot be restored.
absl::StatusOr<bool> PostgresqlStore::PutBackOne(const PgKnown& known) {
  if (known.BlocksNobody()) {
    const absl::StatusOr<bool> replaced = ReplaceByEnded(known);
    if (!replaced.ok() || *replaced) return replaced;
  }
  const absl::StatusOr<bool> there = PutBackClaim(known);
  if (!there.ok() || !known.ending) return there;
  if (!*there && !known.BlocksNobody()) return false;
  const absl::Status ended = CompleteOne({known.claim.request.request_id, known.number, *known.ending}).status();
  if (!ended.ok()) return ended;
  return true;
}

// Replaces an earlier claim by one that blocks nobody, as that ended. False: there is no earlier claim.
absl::StatusOr<bool> PostgresqlStore::ReplaceByEnded(const PgKnown& known) {
  static const std::string* const kSql = new std::string(absl::StrCat(
      "WITH old AS (SELECT state FROM webex_operations WHERE request_id = $1::uuid AND state IN (1, 3, 4)"
      " AND claim < $2::bigint FOR UPDATE), changed AS (UPDATE webex_operations SET state = $6::int,"
      " claim = $2::bigint, gateway = $3::uuid, ticket = $4::bigint, gateway_host = $5, caller = $7, workspace_id = $8,"
      " workspace = $9::bytea, error_code = $10::int, error_reason = $11, tracking_id = $12, attempts = $13::int,"
      " after_unknown = $14::bool, resolved_by = '', resolve_note = '', update_time =",
      kNow, ", sends_until =", kNow,
      "WHERE request_id = $1::uuid AND EXISTS (SELECT 1 FROM old) RETURNING request_id),"
      " tally AS (INSERT INTO webex_tallies (succeeded, failed) SELECT ($6::int = 2)::int, ($6::int = 3)::int"
      " - (old.state = 3)::int FROM changed, old) SELECT request_id FROM changed"));
  const Ending& ending = *known.ending;
  const absl::StatusOr<PgRows> replaced =
      Write(*kSql, {known.claim.request.request_id, PgNumber(known.number), settings_.gateway,
                    PgNumber(known.claim.ticket), settings_.host, PgState(known.state()), known.claim.request.caller,
                    WorkspaceIdOf(known), PgBytes(ending.answer), PgNumber(static_cast<int>(ending.error_code)),
                    ending.error_reason, ending.tracking_id, PgNumber(ending.attempts), PgBool(known.after_unknown)});
  if (!replaced.ok()) return replaced.status();
  return replaced->size() > 0;
}

// True: the operation is under this claim, or a later one. False: another order for the subject is open.
absl::StatusOr<bool> PostgresqlStore::PutBackClaim(const PgKnown& known) {
  static const std::string* const kInsert = new std::string(absl::StrCat(
      "INSERT INTO webex_operations (request_id, sp_enterprise_id, user_id, fingerprint, caller, state, claim, gateway,"
      " ticket, gateway_host, create_time, update_time, sends_until, method, repeatable, subject, workspace_id,"
      " after_unknown) VALUES ($1::uuid, $2, $3, $4::bytea, $5, 1, $6::bigint, $7::uuid, $8::bigint, $9,",
      kNow, ",", kNow, ",", kNow,
      "+ $10::bigint, $11, $12::bool, $13, $14, $15::bool) ON CONFLICT (request_id) DO NOTHING RETURNING request_id"));
  // There is an earlier claim of it, which had ended when this one was granted, or one that was not granted; or one of
  // the same number, which another gateway was granted for lack of this one, and which may have had an effect.
  static const std::string* const kAgain = new std::string(absl::StrCat(
      "WITH old AS (SELECT state FROM webex_operations WHERE request_id = $1::uuid AND (state IN (1, 3, 4)"
      " AND claim < $2::bigint OR state IN (3, 4) AND claim = $2::bigint"
      " AND (gateway, ticket) IS DISTINCT FROM ($3::uuid, $4::bigint)) FOR UPDATE),"
      " changed AS (UPDATE webex_operations SET state = 1, claim = $2::bigint, gateway = $3::uuid, ticket = $4::bigint,"
      " gateway_host = $5, caller = $8, resolved_by = '', resolve_note = '', error_code =",
      Kept("error_code", "0"), ", error_reason =", Kept("error_reason", "''"),
      ", tracking_id =", Kept("tracking_id", "''"), ", attempts =", Kept("attempts", "0"), ", update_time =", kNow,
      ", sends_until =", kNow, "+ $6::bigint, after_unknown =", kAfterUnknown,
      "WHERE request_id = $1::uuid AND EXISTS (SELECT 1 FROM old) RETURNING request_id),"
      " tally AS (INSERT INTO webex_tallies (succeeded, failed) SELECT 0, -1 FROM changed, old WHERE old.state = 3)"
      " SELECT request_id FROM changed"));
  const ClaimRequest& request = known.claim.request;
  const absl::StatusOr<PgRows> inserted =
      Write(*kInsert, {request.request_id, request.sp_enterprise_id, request.user_id, PgBytes(request.fingerprint),
                       request.caller, PgNumber(known.number), settings_.gateway, PgNumber(known.claim.ticket),
                       settings_.host, PgMicros(request.sends_for), request.method, PgBool(request.repeatable),
                       request.subject, request.workspace_id, PgBool(known.after_unknown)});
  if (absl::IsAlreadyExists(inserted.status())) return false;
  if (!inserted.ok()) return inserted.status();
  if (inserted->size() > 0) return true;
  const absl::StatusOr<PgRows> again =
      Write(*kAgain, {request.request_id, PgNumber(known.number), settings_.gateway, PgNumber(known.claim.ticket),
                      settings_.host, PgMicros(request.sends_for), PgBool(known.after_unknown), request.caller});
  if (absl::IsAlreadyExists(again.status())) return false;
  if (!again.ok()) return again.status();
  return true;
}

}  // namespace webex_gateway
