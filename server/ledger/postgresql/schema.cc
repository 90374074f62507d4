#include "server/ledger/postgresql/schema.h"

#include <cstdint>
#include <string>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "server/ledger/postgresql/rows.h"

namespace webex_gateway {
namespace {

// States are OperationState's numbers; times are microseconds since 1970 by the server's clock. `gateway` and `ticket`
// name the one claim that an operation is under, even before the claim's number is known.
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

// Does the blocking, up to version 3: at most one operation of a user that is IN_FLIGHT or UNKNOWN.
constexpr char kOneOpen[] =
    "CREATE UNIQUE INDEX IF NOT EXISTS webex_operations_open"
    " ON webex_operations (sp_enterprise_id, user_id) WHERE state IN (1, 4)";

// The tables' version is the number of migrations applied; webex_ledger has it in row 2, and in row 1 the lowest
// version that a gateway must know to use them. (Gateways of version 1 expect a 1 there, and do not know row 2.)
constexpr const char* kVersion1[] = {
    "CREATE TABLE IF NOT EXISTS webex_ledger (id int PRIMARY KEY, version int NOT NULL)",
    // Gateways that are alive; one that is not listed has died.
    "CREATE TABLE IF NOT EXISTS webex_gateways (id uuid PRIMARY KEY, lease_until timestamptz NOT NULL)",
    kOperations,
    kOneOpen,
    "CREATE INDEX IF NOT EXISTS webex_operations_number ON webex_operations (number)",
    "CREATE INDEX IF NOT EXISTS webex_operations_user ON webex_operations (user_id, number)",
    "CREATE INDEX IF NOT EXISTS webex_operations_in_flight ON webex_operations (gateway) WHERE state = 1",
    "CREATE INDEX IF NOT EXISTS webex_operations_unknown ON webex_operations (update_time) WHERE state = 4",
    "CREATE INDEX IF NOT EXISTS webex_operations_ended ON webex_operations (update_time) WHERE state IN (2, 3)",
    // The numbers of SUCCEEDED and FAILED operations are the sums of these rows: each change adds a row, in the same
    // transaction, so that nobody needs to count and nobody waits for a shared counter. Now and then the rows are
    // combined.
    "CREATE TABLE IF NOT EXISTS webex_tallies (succeeded bigint NOT NULL, failed bigint NOT NULL)",
};

// Migrates the tables from the previous version to its own. A released migration must not change. `needs` is the
// version of the oldest gateway that may continue to use the tables: the previous one, if everything new has a default
// that is right for it.
struct Migration {
  int64_t needs;
  std::vector<const char*> statements;
};

// From version 2 on.
const std::vector<Migration>& Migrations() {
  static const auto* const migrations = new std::vector<Migration>{
      // Until when the claiming gateway may send, by the server's clock; its host; and, one per line, the workspaces
      // that were created in addition to the one on record.
      {1,
       {"ALTER TABLE webex_operations"
        " ADD COLUMN IF NOT EXISTS sends_until bigint NOT NULL DEFAULT 0,"
        " ADD COLUMN IF NOT EXISTS gateway_host text NOT NULL DEFAULT '',"
        " ADD COLUMN IF NOT EXISTS other_workspace_ids text NOT NULL DEFAULT ''"}},
      // The life of the database for which the gateway has its lease (rows.h), and how often it was granted.
      {1,
       {"ALTER TABLE webex_gateways"
        " ADD COLUMN IF NOT EXISTS epoch text NOT NULL DEFAULT '',"
        " ADD COLUMN IF NOT EXISTS renewals bigint NOT NULL DEFAULT 0"}},
      // Orders of any method; `workspace` holds the answer of each. Gateways of earlier versions continue: their
      // records have no subject at first, so all orders to provision block by enterprise and user as well.
      {1,
       {"ALTER TABLE webex_operations"
        " ADD COLUMN IF NOT EXISTS method text NOT NULL DEFAULT 'ProvisionWorkspace',"
        " ADD COLUMN IF NOT EXISTS repeatable bool NOT NULL DEFAULT false,"
        " ADD COLUMN IF NOT EXISTS subject text NOT NULL DEFAULT '',"
        " ADD COLUMN IF NOT EXISTS workspace_id text NOT NULL DEFAULT '',"
        " ADD COLUMN IF NOT EXISTS after_unknown bool NOT NULL DEFAULT false",
        "DROP INDEX IF EXISTS webex_operations_open",
        "CREATE UNIQUE INDEX webex_operations_open_user ON webex_operations (sp_enterprise_id, user_id)"
        " WHERE state IN (1, 4) AND method = 'ProvisionWorkspace'",
        "CREATE UNIQUE INDEX webex_operations_open_subject ON webex_operations (subject)"
        " WHERE (state = 1 OR state = 4 AND NOT repeatable) AND subject <> ''",
        "CREATE INDEX webex_operations_repeatable ON webex_operations (update_time) WHERE state = 4 AND repeatable",
        "CREATE INDEX webex_operations_workspace ON webex_operations (workspace_id, number) WHERE workspace_id <> ''"}},
  };
  return *migrations;
}

int64_t Version() { return 1 + static_cast<int64_t>(Migrations().size()); }

bool MayBeAnotherGateways(const absl::Status& status) {
  return absl::IsAborted(status) || absl::IsAlreadyExists(status);
}

// `CREATE ... IF NOT EXISTS` in several sessions at once can still collide, in PostgreSQL's own catalogue.
absl::Status RunUntilAlone(PgConnection& connection, const std::string& sql, const std::vector<PgValue>& values = {}) {
  absl::Status status;
  for (int i = 0; i < kPgTries; ++i) {
    status = connection.RunOnce(sql, values).status();
    if (!MayBeAnotherGateways(status)) break;
  }
  return status;
}

struct Versions {
  int64_t needs = 0;  // 0: there are no tables yet, or not all
  int64_t made = 0;
};

absl::StatusOr<Versions> VersionsOf(PgConnection& connection) {
  const absl::StatusOr<PgRows> rows =
      connection.RunOnce("SELECT id, version FROM webex_ledger WHERE id IN (1, 2) ORDER BY id");
  if (absl::IsNotFound(rows.status())) return Versions();
  if (!rows.ok()) return rows.status();
  Versions versions;
  for (int row = 0; row < rows->size(); ++row)
    (rows->Int(row, 0) == 1 ? versions.needs : versions.made) = rows->Int(row, 1);
  if (versions.made == 0) versions.made = versions.needs;
  return versions;
}

absl::Status MakeTables(PgConnection& connection) {
  for (const char* const table : kVersion1) {
    if (const absl::Status made = RunUntilAlone(connection, table); !made.ok()) return made;
  }
  // Last, so that an unfinished start is repeated.
  return RunUntilAlone(connection, "INSERT INTO webex_ledger (id, version) VALUES (1, 1) ON CONFLICT DO NOTHING");
}

// Within a transaction. Row 2 is locked, so that if two gateways start at once, the second finds the first one's work
// done.
absl::Status MigrateAlone(PgConnection& connection) {
  const auto run = [&](const std::string& sql) { return connection.RunAsIs(sql).status(); };
  absl::Status done = run(absl::StrCat("SET LOCAL statement_timeout = ", absl::ToInt64Milliseconds(kMigrationLimit)));
  if (done.ok()) done = run("INSERT INTO webex_ledger (id, version) VALUES (2, 1) ON CONFLICT DO NOTHING");
  if (!done.ok()) return done;
  const absl::StatusOr<PgRows> made = connection.RunAsIs("SELECT version FROM webex_ledger WHERE id = 2 FOR UPDATE");
  if (!made.ok()) return made.status();
  for (int64_t next = made->Int(0, 0) + 1; done.ok() && next <= Version(); ++next) {
    const Migration& migration = Migrations()[next - 2];
    for (const char* const statement : migration.statements) {
      if (done.ok()) done = run(statement);
    }
    if (done.ok()) done = run(absl::StrCat("UPDATE webex_ledger SET version = ", next, " WHERE id = 2"));
    if (done.ok()) done = run(absl::StrCat("UPDATE webex_ledger SET version = ", migration.needs, " WHERE id = 1"));
  }
  return done;
}

// Runs all of it, or nothing.
absl::Status Migrate(PgConnection& connection) {
  const absl::Duration limit = connection.SetLimit(kMigrationLimit);
  const absl::Cleanup restore = [&] { connection.SetLimit(limit); };
  absl::Status done;
  for (int i = 0; i < kPgTries; ++i) {
    if (const absl::Status begun = connection.RunAsIs("BEGIN").status(); !begun.ok()) return begun;
    done = MigrateAlone(connection);
    if (done.ok()) done = connection.RunAsIs("COMMIT").status();
    if (done.ok()) return done;
    if (!connection.IsUsable()) break;  // which ends the transaction, too
    if (const absl::Status ended = connection.RunAsIs("ROLLBACK").status(); !ended.ok()) return ended;
    if (!absl::IsAborted(done)) break;
  }
  return absl::Status(done.code(), absl::StrCat("the ledger's tables cannot be brought up to date: ", done.message()));
}

absl::Status BringUpToDate(PgConnection& connection) {
  absl::StatusOr<Versions> versions = VersionsOf(connection);
  if (versions.ok() && versions->needs == 0) {
    if (const absl::Status made = MakeTables(connection); !made.ok()) return made;
    versions = VersionsOf(connection);
  }
  if (!versions.ok()) return versions.status();
  if (versions->needs > Version()) {
    return absl::FailedPreconditionError(absl::StrCat("the database's ledger needs a gateway that knows version ",
                                                      versions->needs, ", but this one knows version ", Version(),
                                                      ": start a newer one"));
  }
  return versions->made < Version() ? Migrate(connection) : absl::OkStatus();
}

}  // namespace

std::vector<PgSetting> LedgerSettings(absl::Duration statement_timeout) {
  return {
      {"statement_timeout", absl::StrCat(absl::ToInt64Milliseconds(statement_timeout))},
      {"default_transaction_isolation", "read committed"},
      {"synchronous_commit", "on"},
      {"bytea_output", "hex"},
      // A statement is planned once, while the tables may be tiny, and the plan must still be good when they have
      // grown.
      {"enable_seqscan", "off"},
      {"enable_hashjoin", "off"},
      {"enable_mergejoin", "off"},
      {"jit", "off"},  // a scan would still be estimated as expensive, and compiled for a second
      // A gateway that is cut off during a statement must not hold its locks for hours.
      {"tcp_keepalives_idle", "10"},
      {"tcp_keepalives_interval", "5"},
      {"tcp_keepalives_count", "3"},
  };
}

absl::Status PrepareDatabase(PgConnection& connection) {
  const absl::string_view encoding = connection.ServerSays("server_encoding");
  if (encoding != "UTF8" && encoding != "SQL_ASCII" && !encoding.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("the database's encoding is ", encoding, ", which cannot store every text; it must be UTF8"));
  }
  const absl::Status timelines = connection.RunOnce(absl::StrCat("SELECT", PgEpoch(true))).status();
  // Only what the server does not have is missing for good. (A wrong answer would look like a failover.)
  if (absl::IsPermissionDenied(timelines)) return timelines;
  if (!timelines.ok() && !absl::IsNotFound(timelines)) return absl::UnavailableError(timelines.message());
  connection.set_has_timelines(timelines.ok());
  return BringUpToDate(connection);
}

}  // namespace webex_gateway
