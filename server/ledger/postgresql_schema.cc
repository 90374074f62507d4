#include "server/ledger/postgresql_schema.h"

#include "absl/strings/str_cat.h"

namespace webex_gateway {
namespace {

constexpr int kVersion = 1;
constexpr int kTries = 10;  // of what several gateways may do at once

// States are OperationState's numbers; times are microseconds since 1970 by the gateways' clocks, but for lease_until,
// which is the server's own. `gateway` and `ticket` name the one claim that an operation is under, even before the
// claim's number is known.
constexpr char kOperations[] =
    "CREATE TABLE IF NOT EXISTS webex_operations ("
    " request_id uuid PRIMARY KEY,"
    " number bigserial NOT NULL,"  // the order of first claims
    " sp_enterprise_id text NOT NULL,"
    " user_id text NOT NULL,"
    " fingerprint bytea NOT NULL,"
    " caller text NOT NULL,"
    " state int NOT NULL,"
    " claim bigint NOT NULL,"
    " gateway uuid NOT NULL,"
    " ticket bigint NOT NULL,"
    " create_time bigint NOT NULL,"
    " update_time bigint NOT NULL,"
    " workspace bytea,"  // protobuf
    " error_code int NOT NULL DEFAULT 0,"
    " error_reason text NOT NULL DEFAULT '',"
    " tracking_id text NOT NULL DEFAULT '',"
    " attempts int NOT NULL DEFAULT 0,"
    " resolved_by text NOT NULL DEFAULT '',"
    " resolve_note text NOT NULL DEFAULT '')";

// Does the blocking: one operation of a user at a time that is IN_FLIGHT or UNKNOWN.
constexpr char kOneOpen[] =
    "CREATE UNIQUE INDEX IF NOT EXISTS webex_operations_open"
    " ON webex_operations (sp_enterprise_id, user_id) WHERE state IN (1, 4)";

constexpr const char* kTables[] = {
    "CREATE TABLE IF NOT EXISTS webex_ledger (id int PRIMARY KEY, version int NOT NULL)",
    // Gateways that live; one that is not here has died.
    "CREATE TABLE IF NOT EXISTS webex_gateways (id uuid PRIMARY KEY, lease_until timestamptz NOT NULL)",
    kOperations,
    kOneOpen,
    "CREATE INDEX IF NOT EXISTS webex_operations_number ON webex_operations (number)",
    "CREATE INDEX IF NOT EXISTS webex_operations_user ON webex_operations (user_id, number)",
    "CREATE INDEX IF NOT EXISTS webex_operations_in_flight ON webex_operations (gateway) WHERE state = 1",
    "CREATE INDEX IF NOT EXISTS webex_operations_unknown ON webex_operations (update_time) WHERE state = 4",
    "CREATE INDEX IF NOT EXISTS webex_operations_ended ON webex_operations (update_time) WHERE state IN (2, 3)",
    // How many there are that SUCCEEDED and FAILED is the sum of these: whatever changes it adds a row, in the same
    // transaction, so that nobody has to count and nobody waits for a shared counter. Now and then they are summed up.
    "CREATE TABLE IF NOT EXISTS webex_tallies (succeeded bigint NOT NULL, failed bigint NOT NULL)",
};

constexpr char kVersionOf[] = "SELECT version FROM webex_ledger WHERE id = 1";

// What an engine does not know it does not need.
constexpr const char* kSettings[] = {
    "SET default_transaction_isolation = 'read committed'",
    "SET synchronous_commit = on",
    "SET bytea_output = 'hex'",
    // A statement is planned once, while the tables may be tiny, and must do when they have grown.
    "SET enable_seqscan = off",
    "SET enable_hashjoin = off",
    "SET enable_mergejoin = off",
    "SET jit = off",  // a scan all the same counts as dear, and would be compiled for a second
    // A gateway that is cut off in the middle of a statement must not hold its locks for hours.
    "SET tcp_keepalives_idle = 10",
    "SET tcp_keepalives_interval = 5",
    "SET tcp_keepalives_count = 3",
};

bool MayBeAnotherGateways(const absl::Status& status) {
  return absl::IsAborted(status) || absl::IsAlreadyExists(status);
}

// `CREATE ... IF NOT EXISTS` of several sessions at once can still collide, in PostgreSQL's own catalogue.
absl::Status RunUntilAlone(PgConnection& connection, const std::string& sql, const std::vector<PgValue>& values = {}) {
  absl::Status status;
  for (int i = 0; i < kTries; ++i) {
    status = connection.RunOnce(sql, values).status();
    if (!MayBeAnotherGateways(status)) break;
  }
  return status;
}

absl::Status MakeTables(PgConnection& connection) {
  for (const char* const table : kTables) {
    if (const absl::Status made = RunUntilAlone(connection, table); !made.ok()) return made;
  }
  // Last, so that what was begun and not ended is begun again.
  return RunUntilAlone(connection, "INSERT INTO webex_ledger (id, version) VALUES (1, $1::int) ON CONFLICT DO NOTHING",
                       {absl::StrCat(kVersion)});
}

absl::Status CheckTables(PgConnection& connection) {
  absl::StatusOr<PgRows> version = connection.RunOnce(kVersionOf);
  if (absl::IsNotFound(version.status()) || (version.ok() && version->size() == 0)) {
    if (const absl::Status made = MakeTables(connection); !made.ok()) return made;
    version = connection.RunOnce(kVersionOf);
  }
  if (!version.ok()) return version.status();
  if (version->size() == 1 && version->Int(0, 0) == kVersion) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("the database holds a ledger of version ", version->Int(0, 0),
                                                    ", and this gateway knows version ", kVersion, " only"));
}

}  // namespace

absl::Status BeginSession(PgConnection& connection, absl::Duration statement_timeout) {
  const absl::string_view encoding = connection.ServerSays("server_encoding");
  if (encoding != "UTF8" && encoding != "SQL_ASCII" && !encoding.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("the database's encoding is ", encoding, ", which cannot hold every text; it must be UTF8"));
  }
  for (const char* const setting : kSettings) {
    const absl::Status set = connection.RunOnce(setting).status();
    if (!set.ok() && !connection.IsUsable()) return set;
  }
  const std::string limit = absl::StrCat("SET statement_timeout = ", absl::ToInt64Milliseconds(statement_timeout));
  if (const absl::Status set = connection.RunOnce(limit).status(); !set.ok()) return set;
  return CheckTables(connection);
}

}  // namespace webex_gateway
