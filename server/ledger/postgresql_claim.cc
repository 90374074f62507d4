// How the PostgreSQL store claims: by its unique constraints alone, so that of any number of gateways one is granted.
#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/ledger/postgresql_rows.h"
#include "server/ledger/postgresql_store.h"

namespace webex_gateway {
namespace {

constexpr int kTries = 10;

// A condition of each statement that grants: $1 is the gateway, $2 the margin.
constexpr char kAlive[] =
    " EXISTS (SELECT 1 FROM webex_gateways WHERE id = $1::uuid AND lease_until > clock_timestamp() + $2::interval) ";

const std::string& InsertSql() {
  static const std::string* const sql = new std::string(absl::StrCat(
      "INSERT INTO webex_operations (request_id, sp_enterprise_id, user_id, fingerprint, caller, state, claim, gateway,"
      " ticket, create_time, update_time)"
      " SELECT n.request_id, n.sp_enterprise_id, n.user_id, n.fingerprint, n.caller, 1, 1, $1::uuid, n.ticket, n.now,"
      " n.now FROM unnest($3::uuid[], $4::text[], $5::text[], $6::bytea[], $7::text[], $8::bigint[], $9::bigint[])"
      " AS n (request_id, sp_enterprise_id, user_id, fingerprint, caller, ticket, now) WHERE",
      kAlive, "ON CONFLICT DO NOTHING RETURNING request_id"));
  return *sql;
}

const std::string& AgainSql() {
  static const std::string* const sql = new std::string(
      absl::StrCat("WITH changed AS (UPDATE webex_operations SET state = 1, claim = claim + 1, gateway = $1::uuid,"
                   " ticket = $5::bigint, caller = $6, update_time = $7::bigint, workspace = NULL, error_code = 0,"
                   " error_reason = '', tracking_id = '', attempts = 0, resolved_by = '', resolve_note = ''"
                   " WHERE request_id = $3::uuid AND claim = $4::bigint AND state = 3 AND",
                   kAlive,
                   "RETURNING claim, create_time),"
                   " tally AS (INSERT INTO webex_tallies (succeeded, failed) SELECT 0, -1 FROM changed)"
                   " SELECT claim, create_time FROM changed"));
  return *sql;
}

// The order's own operation, and the one that blocks its user.
const std::string& LookSql() {
  static const std::string* const sql = [] {
    const std::string select =
        absl::StrCat("SELECT", kOperationColumns,
                     ", o.fingerprint, o.state = 1 AND NOT EXISTS (SELECT 1 FROM webex_gateways g"
                     " WHERE g.id = o.gateway AND g.lease_until > clock_timestamp()) FROM webex_operations o WHERE ");
    return new std::string(absl::StrCat(select, "o.request_id = $1::uuid UNION ALL ", select,
                                        "o.sp_enterprise_id = $2 AND o.user_id = $3 AND o.state IN (1, 4)"
                                        " AND o.request_id <> $1::uuid"));
  }();
  return *sql;
}

ClaimAnswer Granted(const TicketedClaim& claim, int64_t number, absl::Time create_time) {
  const auto as_stored = [](absl::Time time) { return absl::FromUnixMicros(absl::ToUnixMicros(time)); };
  ClaimAnswer answer;
  answer.operation.request_id = claim.request.request_id;
  answer.operation.sp_enterprise_id = claim.request.sp_enterprise_id;
  answer.operation.user_id = claim.request.user_id;
  answer.operation.caller = claim.request.caller;
  answer.operation.claim = number;
  answer.operation.create_time = as_stored(create_time);
  answer.operation.update_time = as_stored(claim.now);
  return answer;
}

// Of several with one id the first alone. Sorted, so that gateways that write the same rows wait for one another in the
// same order, and not crosswise.
std::vector<const TicketedClaim*> OneOfEachId(absl::Span<const TicketedClaim* const> claims) {
  std::vector<const TicketedClaim*> some(claims.begin(), claims.end());
  const auto id = [](const TicketedClaim* claim) -> const std::string& { return claim->request.request_id; };
  std::stable_sort(some.begin(), some.end(), [&](auto* a, auto* b) { return id(a) < id(b); });
  some.erase(std::unique(some.begin(), some.end(), [&](auto* a, auto* b) { return id(a) == id(b); }), some.end());
  return some;
}

}  // namespace

struct PostgresqlStore::Found {
  Operation operation;
  std::string fingerprint;
  bool lost = false;  // IN_FLIGHT of a gateway that has died
};

std::vector<absl::StatusOr<ClaimAnswer>> PostgresqlStore::Claim(absl::Span<const TicketedClaim* const> claims) {
  std::vector<absl::StatusOr<ClaimAnswer>> answers;
  const absl::StatusOr<std::vector<bool>> is_new = ClaimNew(claims);
  for (size_t i = 0; i < claims.size(); ++i) {
    if (!is_new.ok()) {
      answers.emplace_back(is_new.status());
    } else if ((*is_new)[i]) {
      answers.emplace_back(Granted(*claims[i], 1, claims[i]->now));
    } else {
      answers.push_back(ClaimOne(*claims[i]));
    }
  }
  return answers;
}

// Which of them stand on record now, for the first time.
absl::StatusOr<std::vector<bool>> PostgresqlStore::ClaimNew(absl::Span<const TicketedClaim* const> claims) {
  const std::vector<const TicketedClaim*> rows = OneOfEachId(claims);
  PgColumns columns(7);
  for (const TicketedClaim* claim : rows) {
    const ClaimRequest& request = claim->request;
    columns.Add({request.request_id, request.sp_enterprise_id, request.user_id, PgBytes(request.fingerprint),
                 request.caller, PgNumber(claim->ticket), PgMicros(claim->now)});
  }
  std::vector<PgValue> values = {settings_.gateway, PgInterval(settings_.margin)};
  columns.AppendTo(values);
  const absl::StatusOr<PgRows> inserted = Write(InsertSql(), values);
  if (!inserted.ok()) return inserted.status();
  const std::set<std::string> ids = TextsOf(*inserted);
  const std::set<const TicketedClaim*> asked(rows.begin(), rows.end());
  std::vector<bool> granted;
  for (const TicketedClaim* claim : claims) {
    granted.push_back(asked.contains(claim) && ids.contains(claim->request.request_id));
  }
  return granted;
}

absl::StatusOr<ClaimAnswer> PostgresqlStore::ClaimOne(const TicketedClaim& claim) {
  for (int i = 0; i < kTries; ++i) {
    const absl::StatusOr<std::vector<Found>> found = LookFor(claim.request);
    if (!found.ok()) return found.status();
    if (std::any_of(found->begin(), found->end(), [](const Found& one) { return one.lost; })) {
      if (const auto lost = LoseWhatTheDeadLeft(claim.now); !lost.ok()) return lost.status();
      continue;
    }
    if (std::optional<ClaimAnswer> refusal = Refusal(claim.request, *found)) return *std::move(refusal);
    absl::StatusOr<std::optional<ClaimAnswer>> granted = Grant(claim, *found);
    if (!granted.ok()) return granted.status();
    if (*granted) return **std::move(granted);
    // Another claim was quicker, or this gateway's lease has run out while it was held up.
    if (const absl::Status renewed = Renew(); !renewed.ok()) return renewed;
  }
  return absl::AbortedError("too many want the same order at once");
}

absl::StatusOr<std::vector<PostgresqlStore::Found>> PostgresqlStore::LookFor(const ClaimRequest& request) {
  const absl::StatusOr<PgRows> rows = Run(LookSql(), {request.request_id, request.sp_enterprise_id, request.user_id});
  if (!rows.ok()) return rows.status();
  std::vector<Found> found;
  for (int row = 0; row < rows->size(); ++row) {
    const absl::string_view fingerprint = rows->Text(row, kOperationColumnCount);
    found.push_back({OperationAt(*rows, row), std::string(fingerprint), rows->Bool(row, kOperationColumnCount + 1)});
  }
  // The order's own operation comes first, as it decides first.
  std::partition(found.begin(), found.end(),
                 [&](const Found& one) { return one.operation.request_id == request.request_id; });
  return found;
}

std::optional<ClaimAnswer> PostgresqlStore::Refusal(const ClaimRequest& request, const std::vector<Found>& found) {
  for (const Found& one : found) {
    const auto because = [&one](ClaimVerdict verdict) { return ClaimAnswer{verdict, one.operation}; };
    if (one.operation.request_id != request.request_id) return because(ClaimVerdict::kBlocked);
    if (one.fingerprint != PgBytes(request.fingerprint)) return because(ClaimVerdict::kReused);
    if (one.operation.state == OperationState::kSucceeded) return because(ClaimVerdict::kReplay);
    if (one.operation.state == OperationState::kInFlight) return because(ClaimVerdict::kInProgress);
    if (one.operation.state == OperationState::kUnknown) return because(ClaimVerdict::kUnknown);
  }
  return std::nullopt;
}

// Where nothing speaks against it; nothing: something does by now.
absl::StatusOr<std::optional<ClaimAnswer>> PostgresqlStore::Grant(const TicketedClaim& claim,
                                                                  const std::vector<Found>& found) {
  if (!found.empty()) return ClaimAgain(claim, found[0].operation.claim);
  const TicketedClaim* const one = &claim;
  const absl::StatusOr<std::vector<bool>> is_new = ClaimNew({&one, 1});
  if (!is_new.ok()) return is_new.status();
  if (!is_new->front()) return std::optional<ClaimAnswer>();
  return std::optional<ClaimAnswer>(Granted(claim, 1, claim.now));
}

absl::StatusOr<std::optional<ClaimAnswer>> PostgresqlStore::ClaimAgain(const TicketedClaim& claim, int64_t last_claim) {
  const absl::StatusOr<PgRows> updated =
      Write(AgainSql(), {settings_.gateway, PgInterval(settings_.margin), claim.request.request_id,
                         PgNumber(last_claim), PgNumber(claim.ticket), claim.request.caller, PgMicros(claim.now)});
  // The user's other order came between.
  if (absl::IsAlreadyExists(updated.status())) return std::optional<ClaimAnswer>();
  if (!updated.ok()) return updated.status();
  if (updated->size() == 0) return std::optional<ClaimAnswer>();
  return std::optional<ClaimAnswer>(Granted(claim, updated->Int(0, 0), absl::FromUnixMicros(updated->Int(0, 1))));
}

// A session that was cut off may write the claim at any time still. So first the order gets an operation, which keeps
// it from being inserted, and a number of claims that keeps it from being claimed again. Each statement waits for one
// that is at work on the same row.
absl::Status PostgresqlStore::Release(const TicketedClaim& claim, absl::Time now) {
  static const std::string* const kInsert = new std::string(absl::StrCat(
      "WITH changed AS (INSERT INTO webex_operations (request_id, sp_enterprise_id, user_id, fingerprint, caller, "
      "state,"
      " claim, gateway, ticket, create_time, update_time, error_code, error_reason)"
      " VALUES ($1::uuid, $2, $3, $4::bytea, $5, 3, 1, $6::uuid, $7::bigint, $8::bigint, $8::bigint, $9::int,"
      " 'LEDGER_UNAVAILABLE') ON CONFLICT DO NOTHING RETURNING state), tally AS (",
      kTally, ") SELECT state FROM changed"));
  static const std::string* const kBump =
      new std::string("UPDATE webex_operations SET claim = claim + 1 WHERE request_id = $1::uuid AND state = 3");
  static const std::string* const kFail = new std::string(absl::StrCat(
      "WITH changed AS (UPDATE webex_operations SET state = 3, update_time = $4::bigint, error_code = $5::int,"
      " error_reason = 'LEDGER_UNAVAILABLE', tracking_id = '', attempts = 0 WHERE request_id = $1::uuid"
      " AND gateway = $2::uuid AND ticket = $3::bigint AND state IN (1, 4) RETURNING state), tally AS (",
      kTally, ") SELECT state FROM changed"));
  const ClaimRequest& request = claim.request;
  const PgValue code = PgNumber(static_cast<int>(absl::StatusCode::kUnavailable));
  const absl::StatusOr<PgRows> inserted =
      Run(*kInsert, {request.request_id, request.sp_enterprise_id, request.user_id, PgBytes(request.fingerprint),
                     request.caller, settings_.gateway, PgNumber(claim.ticket), PgMicros(now), code});
  if (!inserted.ok() || inserted->size() > 0) return inserted.status();
  if (const auto bumped = Run(*kBump, {request.request_id}); !bumped.ok()) return bumped.status();
  return Run(*kFail, {request.request_id, settings_.gateway, PgNumber(claim.ticket), PgMicros(now), code}).status();
}

}  // namespace webex_gateway
