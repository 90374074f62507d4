// How the PostgreSQL store keeps this gateway's lease, and detects that the database has lost records.
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

constexpr char kRestoring[] = "'?' ||";  // before an epoch: not restored yet

std::string MarkSql(const char* epoch) {
  return absl::StrCat("INSERT INTO webex_gateways (id, lease_until, epoch) VALUES ($1::uuid, clock_timestamp() +",
                      " $2::interval, ", kRestoring, epoch,
                      ") ON CONFLICT (id) DO UPDATE SET lease_until = excluded.lease_until, epoch = excluded.epoch",
                      " RETURNING id");
}

std::string GoOnSql(const char* epoch) {
  return absl::StrCat(
      "UPDATE webex_gateways SET lease_until = clock_timestamp() + $2::interval WHERE id = $1::uuid AND",
      " epoch = ", kRestoring, epoch, "RETURNING id");
}

std::string EndSql(const char* epoch) {
  return absl::StrCat("UPDATE webex_gateways SET lease_until = clock_timestamp() + $2::interval, epoch =", epoch,
                      ", renewals = GREATEST(renewals, $3::bigint) WHERE id = $1::uuid AND epoch = ", kRestoring, epoch,
                      "RETURNING renewals");
}

std::string StillRestoringSql(const char* epoch) {
  return absl::StrCat(
      "SELECT id FROM webex_gateways WHERE id <> $1::uuid AND lease_until > clock_timestamp() AND epoch NOT IN ('',",
      epoch, ") ORDER BY id LIMIT 1");
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

absl::Status PostgresqlStore::MarkRestoring() {
  return Write(PgWithEpoch<&MarkSql>(connection_.has_timelines()), {settings_.gateway, PgInterval(settings_.lease)})
      .status();
}

absl::Status PostgresqlStore::GoOnRestoring() {
  const absl::StatusOr<PgRows> rows =
      Write(PgWithEpoch<&GoOnSql>(connection_.has_timelines()), {settings_.gateway, PgInterval(settings_.lease)});
  if (!rows.ok()) return rows.status();
  return rows->size() > 0 ? absl::OkStatus() : absl::DataLossError("the database has failed over once more");
}

absl::Status PostgresqlStore::EndRestoring() {
  const absl::StatusOr<PgRows> rows =
      Write(PgWithEpoch<&EndSql>(connection_.has_timelines()),
            {settings_.gateway, PgInterval(settings_.lease), PgNumber(*settings_.renewals + 1)});
  if (!rows.ok()) return rows.status();
  if (rows->size() == 0) return absl::DataLossError("the database has failed over once more");
  *settings_.renewals = rows->Int(0, 0);
  return absl::OkStatus();
}

absl::StatusOr<std::string> PostgresqlStore::StillRestoring() {
  const absl::StatusOr<PgRows> rows =
      Run(PgWithEpoch<&StillRestoringSql>(connection_.has_timelines()), {settings_.gateway});
  if (!rows.ok()) return rows.status();
  return rows->size() == 0 ? "" : std::string(rows->Text(0, 0));
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

}  // namespace webex_gateway
