// How the PostgreSQL store keeps this gateway's lease, detects that the database has lost records, and restores what
// the gateway knows.
#include "absl/strings/str_cat.h"
#include "server/ledger/postgresql/rows.h"
#include "server/ledger/postgresql/store.h"

namespace webex_gateway {
namespace {

std::string RenewSql(const char* epoch) {
  return absl::StrCat(
      "UPDATE webex_gateways SET lease_until = clock_timestamp() + $2::interval, renewals = renewals + 1"
      " WHERE id = $1::uuid AND renewals >= $3::bigint AND epoch =",
      epoch, "RETURNING renewals");
}

std::string EnlistSql(const char* epoch) {
  return absl::StrCat(
      "INSERT INTO webex_gateways AS own (id, lease_until, epoch, renewals) VALUES ($1::uuid,"
      " clock_timestamp() + $2::interval,",
      epoch,
      ", $3::bigint) ON CONFLICT (id) DO UPDATE SET lease_until = excluded.lease_until, epoch = excluded.epoch,"
      " renewals = GREATEST(own.renewals, excluded.renewals) RETURNING own.renewals,"
      " EXISTS (SELECT 1 FROM webex_gateways o WHERE o.id <> $1::uuid AND o.epoch NOT IN ('', own.epoch))");
}

}  // namespace

absl::Status PostgresqlStore::Renew() {
  const int64_t known = *settings_.renewals;
  if (known == 0) return Enlist().status();
  const absl::StatusOr<PgRows> rows = Write(PgWithEpoch<&RenewSql>(connection_.has_timelines()),
                                            {settings_.gateway, PgInterval(settings_.lease), PgNumber(known)});
  if (!rows.ok()) return rows.status();
  if (rows->size() == 0) return absl::DataLossError("the database may have lost what was on record");
  *settings_.renewals = rows->Int(0, 0);
  return absl::OkStatus();
}

absl::StatusOr<bool> PostgresqlStore::Enlist() {
  const absl::StatusOr<PgRows> rows =
      Write(PgWithEpoch<&EnlistSql>(connection_.has_timelines()),
            {settings_.gateway, PgInterval(settings_.lease), PgNumber(*settings_.renewals + 1)});
  if (!rows.ok()) return rows.status();
  *settings_.renewals = rows->Int(0, 0);
  return rows->Bool(0, 1);
}

// An ordinary role sees the number of standbys, but not their states.
absl::StatusOr<bool> PostgresqlStore::HasStandbyBehind() {
  static const std::string* const kSql = new std::string(
      "SELECT current_setting('synchronous_standby_names') = '' AND EXISTS (SELECT 1 FROM pg_stat_replication)");
  const absl::StatusOr<PgRows> rows = Run(*kSql);
  if (absl::IsNotFound(rows.status())) return false;
  if (!rows.ok()) return rows.status();
  return rows->Bool(0, 0);
}

absl::StatusOr<bool> PostgresqlStore::PutBack(const PgKnown& known) {
  const bool blocks_nobody = known.ending && (known.ending->state == OperationState::kSucceeded ||
                                              known.ending->state == OperationState::kFailed);
  if (blocks_nobody && !known.after_unknown) {
    const absl::StatusOr<bool> inserted = PutBackEnded(known);
    if (!inserted.ok() || *inserted) return inserted;
  }
  const absl::StatusOr<bool> there = PutBackClaim(known);
  if (!there.ok() || !*there || !known.ending) return there;
  const Completion completion{known.claim.request.request_id, known.number, *known.ending};
  const Completion* const one = &completion;
  const absl::Status ended = Complete({&one, 1})[0].status();
  if (!ended.ok()) return ended;
  return true;
}

// Inserts it as ended, so that no later order for the same subject prevents that. False: there is already something
// under its id.
absl::StatusOr<bool> PostgresqlStore::PutBackEnded(const PgKnown& known) {
  static const std::string* const kInsert = new std::string(absl::StrCat(
      "WITH changed AS (INSERT INTO webex_operations (request_id, sp_enterprise_id, user_id, fingerprint, caller, "
      "state,"
      " claim, gateway, ticket, gateway_host, create_time, update_time, sends_until, method, repeatable, subject,"
      " workspace_id, workspace, error_code, error_reason, tracking_id, attempts) VALUES ($1::uuid, $2, $3, $4::bytea,"
      " $5, $6::int, $7::bigint, $8::uuid, $9::bigint, $10,",
      kNow, ",", kNow, ",", kNow,
      ", $11, $12::bool, $13, $14, $15::bytea, $16::int, $17, $18, $19::int) ON CONFLICT (request_id) DO NOTHING"
      " RETURNING state), tally AS (",
      kTally, ") SELECT state FROM changed"));
  const ClaimRequest& request = known.claim.request;
  const Ending& ending = *known.ending;
  const absl::StatusOr<PgRows> inserted =
      Write(*kInsert, {request.request_id, request.sp_enterprise_id, request.user_id, PgBytes(request.fingerprint),
                       request.caller, PgState(ending.state), PgNumber(known.number), settings_.gateway,
                       PgNumber(known.claim.ticket), settings_.host, request.method, PgBool(request.repeatable),
                       request.subject, request.repeatable ? request.workspace_id : ending.workspace_id,
                       PgBytes(ending.answer), PgNumber(static_cast<int>(ending.error_code)), ending.error_reason,
                       ending.tracking_id, PgNumber(ending.attempts)});
  if (!inserted.ok()) return inserted.status();
  return inserted->size() > 0;
}

// True: the operation is under this claim, or a later one. False: another order for the subject is open.
absl::StatusOr<bool> PostgresqlStore::PutBackClaim(const PgKnown& known) {
  static const std::string* const kInsert = new std::string(absl::StrCat(
      "INSERT INTO webex_operations (request_id, sp_enterprise_id, user_id, fingerprint, caller, state, claim, gateway,"
      " ticket, gateway_host, create_time, update_time, sends_until, method, repeatable, subject, workspace_id,"
      " after_unknown) VALUES ($1::uuid, $2, $3, $4::bytea, $5, 1, $6::bigint, $7::uuid, $8::bigint, $9,",
      kNow, ",", kNow, ",", kNow,
      "+ $10::bigint, $11, $12::bool, $13, $14, $15::bool) ON CONFLICT (request_id) DO NOTHING RETURNING request_id"));
  // There is an earlier claim of it, which had ended when this one was granted, or one that was not granted.
  static const std::string* const kAgain = new std::string(absl::StrCat(
      "WITH old AS (SELECT state FROM webex_operations WHERE request_id = $1::uuid AND (state IN (1, 3, 4)"
      " AND claim < $2::bigint OR state IN (3, 4) AND claim = $2::bigint AND gateway <> $3::uuid) FOR UPDATE),"
      " changed AS (UPDATE webex_operations SET state = 1, claim = $2::bigint, gateway = $3::uuid, ticket = $4::bigint,"
      " gateway_host = $5, update_time =",
      kNow, ", sends_until =", kNow,
      "+ $6::bigint, after_unknown = $7::bool WHERE request_id = $1::uuid AND EXISTS (SELECT 1 FROM old) RETURNING "
      "request_id),"
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
                      settings_.host, PgMicros(request.sends_for), PgBool(known.after_unknown)});
  if (absl::IsAlreadyExists(again.status())) return false;
  if (!again.ok()) return again.status();
  return true;
}

}  // namespace webex_gateway
