// How the PostgreSQL store claims: only by its unique constraints, so that of any number of gateways exactly one
// succeeds.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/ledger/claim_rules.h"
#include "server/ledger/postgresql/rows.h"
#include "server/ledger/postgresql/store.h"

namespace webex_gateway {
namespace {

// A condition in each statement that grants a claim: $1 is the gateway, $2 the margin. The lease must be from the
// database's present life.
std::string Alive(const char* epoch) {
  return absl::StrCat(
      " EXISTS (SELECT 1 FROM webex_gateways WHERE id = $1::uuid AND lease_until > clock_timestamp() + $2::interval"
      " AND epoch =",
      epoch, ") ");
}

std::string InsertSql(const char* epoch) {
  return absl::StrCat(
      "INSERT INTO webex_operations (request_id, method, repeatable, subject, sp_enterprise_id, user_id, workspace_id,"
      " fingerprint, caller, state, claim, gateway, ticket, create_time, update_time, gateway_host, sends_until)"
      " SELECT n.request_id, n.method, n.repeatable, n.subject, n.sp_enterprise_id, n.user_id, n.workspace_id,"
      " n.fingerprint, n.caller, 1, 1, $1::uuid, n.ticket,",
      kNow, ",", kNow, ", $3,", kNow,
      " + n.sends_for FROM unnest($4::uuid[], $5::text[], $6::bool[], $7::text[], $8::text[], $9::text[], $10::text[],"
      " $11::bytea[], $12::text[], $13::bigint[], $14::bigint[]) AS n (request_id, method, repeatable, subject,"
      " sp_enterprise_id, user_id, workspace_id, fingerprint, caller, ticket, sends_for) WHERE",
      Alive(epoch), "ON CONFLICT DO NOTHING RETURNING request_id, update_time");
}

std::string AgainSql(const char* epoch) {
  return absl::StrCat(
      "WITH changed AS (UPDATE webex_operations SET state = 1, claim = claim + 1, gateway = $1::uuid,"
      " ticket = $5::bigint, caller = $6, workspace = $16::bytea, subject = $10, workspace_id = $11,"
      " error_code = $12::int, error_reason = $13, tracking_id = $14, attempts = $15::int,"
      " after_unknown = state = 4, resolved_by = '', resolve_note = '', gateway_host = $7,"
      " update_time =",
      kNow, ", sends_until =", kNow,
      "+ $8::bigint WHERE request_id = $3::uuid AND claim = $4::bigint AND state = $9::int AND", Alive(epoch),
      "RETURNING update_time),"
      " tally AS (INSERT INTO webex_tallies (succeeded, failed) SELECT 0, -1 FROM changed"
      " WHERE $9::int = 3) SELECT update_time FROM changed");
}

// What a claim without effect writes into a column: nothing if an earlier claim's ending is still there.
std::string Ends(const char* column, const char* value) {
  return absl::StrCat(" CASE WHEN after_unknown AND NOT repeatable THEN ", column, " ELSE ", value, " END");
}

// The order's own operation, and the one that blocks its subject: also by its enterprise and user, since a gateway of
// an earlier version records no subject.
const std::string& LookSql() {
  static const std::string* const sql = [] {
    const std::string select =
        absl::StrCat("SELECT", kOperationColumns,
                     ", o.fingerprint, o.state = 1 AND NOT EXISTS (SELECT 1 FROM webex_gateways g"
                     " WHERE g.id = o.gateway AND g.lease_until > clock_timestamp()),",
                     kNow, "FROM webex_operations o WHERE ");
    return new std::string(absl::StrCat(
        select, "o.request_id = $1::uuid UNION ALL ", select, "o.sp_enterprise_id = $2 AND o.user_id = $3 AND o.state",
        " IN (1, 4) AND o.method = 'ProvisionWorkspace' AND o.request_id <> $1::uuid UNION ALL ", select,
        "o.subject = $4 AND o.subject <> '' AND", kBlocks, "AND o.request_id <> $1::uuid"));
  }();
  return *sql;
}

// Of several with the same id, only the first. Sorted, so that gateways that write the same rows lock them in the same
// order, without deadlocks.
std::vector<const TicketedClaim*> OneOfEachId(absl::Span<const TicketedClaim* const> claims) {
  std::vector<const TicketedClaim*> some(claims.begin(), claims.end());
  const auto id = [](const TicketedClaim* claim) -> const std::string& { return claim->request.request_id; };
  std::stable_sort(some.begin(), some.end(), [&](auto* a, auto* b) { return id(a) < id(b); });
  some.erase(std::unique(some.begin(), some.end(), [&](auto* a, auto* b) { return id(a) == id(b); }), some.end());
  return some;
}

}  // namespace

struct PostgresqlStore::Found {
  std::optional<Recorded> own;       // under the request's id
  std::optional<Recorded> blocking;  // of the same subject, under another
  bool lost = false;                 // one is IN_FLIGHT from a gateway that has died
  absl::Time now;                    // by the server's clock; undefined if there is neither
};

ClaimAnswer PostgresqlStore::Granted(const ClaimRequest& request, const Recorded* own, absl::Time now) const {
  return {ClaimVerdict::kClaimed, Claimed(request, own, GatewayName(settings_.host, settings_.gateway), now), false,
          nullptr};
}

std::vector<absl::StatusOr<ClaimAnswer>> PostgresqlStore::Claim(absl::Span<const TicketedClaim* const> claims) {
  std::vector<absl::StatusOr<ClaimAnswer>> answers;
  const auto granted = ClaimNew(claims);
  for (size_t i = 0; i < claims.size(); ++i) {
    if (!granted.ok()) {
      answers.emplace_back(granted.status());
    } else if (const std::optional<absl::Time>& since = (*granted)[i]) {
      answers.emplace_back(Granted(claims[i]->request, nullptr, *since));
    } else {
      answers.push_back(ClaimOne(*claims[i]));
    }
  }
  return answers;
}

// The time when those of them were recorded that have just been recorded for the first time.
absl::StatusOr<std::vector<std::optional<absl::Time>>> PostgresqlStore::ClaimNew(
    absl::Span<const TicketedClaim* const> claims) {
  const std::vector<const TicketedClaim*> rows = OneOfEachId(claims);
  PgColumns columns(11);
  for (const TicketedClaim* claim : rows) {
    const ClaimRequest& request = claim->request;
    columns.Add({request.request_id, request.method, PgBool(request.repeatable), request.subject,
                 request.sp_enterprise_id, request.user_id, request.workspace_id, PgBytes(request.fingerprint),
                 request.caller, PgNumber(claim->ticket), PgMicros(request.sends_for)});
  }
  std::vector<PgValue> values = {settings_.gateway, PgInterval(settings_.margin), settings_.host};
  columns.AppendTo(values);
  const absl::StatusOr<PgRows> inserted = Write(PgWithEpoch<&InsertSql>(connection_.has_timelines()), values);
  if (!inserted.ok()) return inserted.status();
  std::map<absl::string_view, absl::Time> since;
  for (int row = 0; row < inserted->size(); ++row) {
    since.emplace(inserted->Text(row, 0), absl::FromUnixMicros(inserted->Int(row, 1)));
  }
  const std::set<const TicketedClaim*> asked(rows.begin(), rows.end());
  std::vector<std::optional<absl::Time>> granted;
  for (const TicketedClaim* claim : claims) {
    const auto written = since.find(claim->request.request_id);
    const bool is_new = asked.contains(claim) && written != since.end();
    granted.push_back(is_new ? std::optional(written->second) : std::nullopt);
  }
  return granted;
}

absl::StatusOr<ClaimAnswer> PostgresqlStore::ClaimOne(const TicketedClaim& claim) {
  for (int i = 0; i < kPgTries; ++i) {
    const absl::StatusOr<Found> found = LookFor(claim.request);
    if (!found.ok()) return found.status();
    ClaimAnswer answer = Judge(claim.request, *found);
    if (answer.verdict == ClaimVerdict::kBlocked && !found->own) {
      // If the database has lost records, its own may be among them.
      if (const absl::Status renewed = Renew(); !renewed.ok()) return renewed;
    }
    if (answer.verdict != ClaimVerdict::kClaimed) return answer;
    absl::StatusOr<std::optional<ClaimAnswer>> granted = Grant(claim, *found);
    if (!granted.ok()) return granted.status();
    if (*granted) return **std::move(granted);
    // Another claim was quicker, or this gateway's lease expired while it was suspended.
    if (const absl::Status renewed = Renew(); !renewed.ok()) return renewed;
  }
  return absl::AbortedError("too many want the same order at once");
}

absl::StatusOr<ClaimAnswer> PostgresqlStore::Look(const ClaimRequest& request) {
  const absl::StatusOr<Found> found = LookFor(request);
  if (!found.ok()) return found.status();
  return Judge(request, *found);
}

// Operations of dead gateways that blocked the order have become UNKNOWN by then.
absl::StatusOr<PostgresqlStore::Found> PostgresqlStore::LookFor(const ClaimRequest& request) {
  for (int i = 0; i < kPgTries; ++i) {
    absl::StatusOr<Found> found = LookOnce(request);
    if (!found.ok() || !found->lost) return found;
    if (const auto lost = MarkOrphansUnknown(); !lost.ok()) return lost.status();
  }
  return absl::AbortedError("gateways die too fast");
}

absl::StatusOr<PostgresqlStore::Found> PostgresqlStore::LookOnce(const ClaimRequest& request) {
  const absl::StatusOr<PgRows> rows =
      Run(LookSql(), {request.request_id, request.sp_enterprise_id, request.user_id, request.subject});
  if (!rows.ok()) return rows.status();
  Found found;
  for (int row = 0; row < rows->size(); ++row) {
    Recorded recorded{OperationAt(*rows, row), BytesOf(rows->Text(row, kOperationColumnCount))};
    found.lost = found.lost || rows->Bool(row, kOperationColumnCount + 1);
    found.now = absl::FromUnixMicros(rows->Int(row, kOperationColumnCount + 2));
    const bool is_own = recorded.operation.request_id == request.request_id;
    (is_own ? found.own : found.blocking) = std::move(recorded);
  }
  return found;
}

ClaimAnswer PostgresqlStore::Judge(const ClaimRequest& request, const Found& found) {
  const auto pointer = [](const std::optional<Recorded>& recorded) { return recorded ? &*recorded : nullptr; };
  return JudgeClaim(request, pointer(found.own), pointer(found.blocking), found.now);
}

// Claims it if nothing prevents it; empty: something prevents it by now.
absl::StatusOr<std::optional<ClaimAnswer>> PostgresqlStore::Grant(const TicketedClaim& claim, const Found& found) {
  if (found.own) return ClaimAgain(claim, *found.own);
  const TicketedClaim* const one = &claim;
  const auto since = ClaimNew({&one, 1});
  if (!since.ok()) return since.status();
  if (!since->front()) return std::optional<ClaimAnswer>();
  return std::optional<ClaimAnswer>(Granted(claim.request, nullptr, *since->front()));
}

absl::StatusOr<std::optional<ClaimAnswer>> PostgresqlStore::ClaimAgain(const TicketedClaim& claim,
                                                                       const Recorded& own) {
  const ClaimRequest& request = claim.request;
  const Operation as = Granted(request, &own, own.operation.update_time).operation;
  const absl::StatusOr<PgRows> updated = Write(
      PgWithEpoch<&AgainSql>(connection_.has_timelines()),
      {settings_.gateway, PgInterval(settings_.margin), request.request_id, PgNumber(own.operation.claim),
       PgNumber(claim.ticket), request.caller, settings_.host, PgMicros(request.sends_for),
       PgState(own.operation.state), request.subject, as.workspace_id, PgNumber(static_cast<int>(as.ending.error_code)),
       as.ending.error_reason, as.ending.tracking_id, PgNumber(as.ending.attempts), PgBytes(as.ending.answer)});
  // Another order for the subject came between.
  if (absl::IsAlreadyExists(updated.status())) return std::optional<ClaimAnswer>();
  if (!updated.ok()) return updated.status();
  if (updated->size() == 0) return std::optional<ClaimAnswer>();
  ClaimAnswer answer = Granted(request, &own, absl::FromUnixMicros(updated->Int(0, 0)));
  answer.after_unknown = answer.operation.after_unknown;
  return std::optional<ClaimAnswer>(std::move(answer));
}

// A session that was cut off may still write the claim at any time. So first the order gets an operation, which
// prevents an insert, and a claim number that prevents another claim, unless this claim is written already: then it may
// have become UNKNOWN meanwhile like any order of a gateway without a lease. Each statement waits for any that is
// working on the same row. An earlier claim's success that has arrived meanwhile is the order's result, as in
// claim_rules.h.
absl::Status PostgresqlStore::Release(const TicketedClaim& claim) {
  static const std::string* const kInsert = new std::string(absl::StrCat(
      "WITH changed AS (INSERT INTO webex_operations (request_id, sp_enterprise_id, user_id, fingerprint, caller,"
      " state, claim, gateway, ticket, create_time, update_time, error_code, error_reason, method, repeatable, subject,"
      " workspace_id) VALUES ($1::uuid, $2, $3, $4::bytea, $5, 3, 1, $6::uuid, $7::bigint,",
      kNow, ",", kNow,
      ", $8::int, 'LEDGER_UNAVAILABLE', $9, $10::bool, $11, $12) ON CONFLICT DO NOTHING RETURNING state), tally AS (",
      kTally, ") SELECT state FROM changed"));
  static const std::string* const kBump = new std::string(
      "UPDATE webex_operations SET claim = claim + 1, after_unknown = state = 4 WHERE request_id = $1::uuid"
      " AND (state = 3 OR state = 4 AND (repeatable OR $2::bool))"
      " AND (gateway, ticket) IS DISTINCT FROM ($3::uuid, $4::bigint)");
  static const std::string* const kFail = new std::string(absl::StrCat(
      "WITH changed AS (UPDATE webex_operations SET state = CASE WHEN other_workspace_ids <> '' THEN 2"
      " WHEN after_unknown THEN 4 ELSE 3 END, workspace_id = CASE WHEN other_workspace_ids <> ''"
      " THEN split_part(other_workspace_ids, E'\\n', 1) ELSE workspace_id END, other_workspace_ids ="
      " substr(other_workspace_ids, length(split_part(other_workspace_ids, E'\\n', 1)) + 2), update_time =",
      kNow, ", error_code =", Ends("error_code", "$4::int"),
      ", error_reason =", Ends("error_reason", "'LEDGER_UNAVAILABLE'"), ", tracking_id =", Ends("tracking_id", "''"),
      ", attempts =", Ends("attempts", "0"),
      " WHERE request_id = $1::uuid AND gateway = $2::uuid AND ticket = $3::bigint AND state IN (1, 4) "
      "RETURNING state), tally AS (",
      kTally, ") SELECT state FROM changed"));
  const ClaimRequest& request = claim.request;
  const PgValue code = PgNumber(static_cast<int>(absl::StatusCode::kUnavailable));
  const absl::StatusOr<PgRows> inserted =
      Run(*kInsert, {request.request_id, request.sp_enterprise_id, request.user_id, PgBytes(request.fingerprint),
                     request.caller, settings_.gateway, PgNumber(claim.ticket), code, request.method,
                     PgBool(request.repeatable), request.subject, request.workspace_id});
  if (!inserted.ok() || inserted->size() > 0) return inserted.status();
  if (const auto bumped =
          Run(*kBump, {request.request_id, PgBool(request.repeat_unknown), settings_.gateway, PgNumber(claim.ticket)});
      !bumped.ok()) {
    return bumped.status();
  }
  return Run(*kFail, {request.request_id, settings_.gateway, PgNumber(claim.ticket), code}).status();
}

}  // namespace webex_gateway
