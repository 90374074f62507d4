#include "server/ledger/sqlite/schema.h"

#include <cstdint>
#include <iterator>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace webex_gateway {
namespace {

// "wbxg": distinguishes a ledger from any other SQLite file.
constexpr int64_t kApplicationId = 0x77627867;

// Each migrates the schema from the version of its index to the next. A released migration must not change.
//
// Times are microseconds since 1970. `seq` is the order of first claims. The indices grow only at their ends, except
// that of request_id; and the blocking one contains only open operations.
constexpr const char* kMigrations[] = {
    R"(CREATE TABLE operations (
         seq INTEGER PRIMARY KEY,
         request_id BLOB NOT NULL UNIQUE,
         sp_enterprise_id TEXT NOT NULL,
         user_id TEXT NOT NULL,
         fingerprint BLOB NOT NULL,
         state INTEGER NOT NULL,
         claim INTEGER NOT NULL,
         create_time INTEGER NOT NULL,
         update_time INTEGER NOT NULL,
         error_code INTEGER NOT NULL DEFAULT 0,
         error_reason TEXT NOT NULL DEFAULT '',
         tracking_id TEXT NOT NULL DEFAULT '',
         workspace BLOB,
         resolved_by TEXT NOT NULL DEFAULT '',
         resolve_note TEXT NOT NULL DEFAULT '',
         caller TEXT NOT NULL,
         attempts INTEGER NOT NULL DEFAULT 0
       ) STRICT;
       CREATE INDEX by_state ON operations (state);
       CREATE INDEX by_state_and_time ON operations (state, update_time);
       CREATE UNIQUE INDEX open_by_user ON operations (sp_enterprise_id, user_id) WHERE state IN (1, 4);)",
    // Until when the claiming gateway may send; its name; and, one per line, the workspaces that were created in
    // addition to the one on record.
    R"(ALTER TABLE operations ADD COLUMN sends_until INTEGER NOT NULL DEFAULT 0;
       ALTER TABLE operations ADD COLUMN gateway TEXT NOT NULL DEFAULT '';
       ALTER TABLE operations ADD COLUMN other_workspace_ids TEXT NOT NULL DEFAULT '')",
    // Orders of any method. Earlier records have no subject, and block by enterprise and user.
    R"(ALTER TABLE operations RENAME COLUMN workspace TO answer;
       ALTER TABLE operations ADD COLUMN method TEXT NOT NULL DEFAULT 'ProvisionWorkspace';
       ALTER TABLE operations ADD COLUMN repeatable INTEGER NOT NULL DEFAULT 0;
       ALTER TABLE operations ADD COLUMN subject TEXT NOT NULL DEFAULT '';
       ALTER TABLE operations ADD COLUMN workspace_id TEXT NOT NULL DEFAULT '';
       ALTER TABLE operations ADD COLUMN after_unknown INTEGER NOT NULL DEFAULT 0;
       DROP INDEX open_by_user;
       CREATE UNIQUE INDEX open_by_user ON operations (sp_enterprise_id, user_id)
         WHERE state IN (1, 4) AND subject = '';
       CREATE UNIQUE INDEX open_by_subject ON operations (subject)
         WHERE (state = 1 OR state = 4 AND repeatable = 0) AND subject <> '')",
    // A successful order changes as few pages as possible: each is written to the log as a whole.
    R"(DROP INDEX by_state;
       DROP INDEX by_state_and_time;
       CREATE INDEX failed_or_unknown ON operations (state) WHERE state IN (3, 4);
       CREATE INDEX ended_by_time ON operations (state, update_time) WHERE state <> 1)",
};
constexpr int64_t kVersion = std::size(kMigrations);

constexpr char kNoLedger[] = "it is a SQLite file, but not a ledger of webex-gateway";

std::string WordsOfNewer(int64_t version) {
  return absl::StrCat("it was made by a newer webex-gateway (its schema has version ", version, ", this one knows ",
                      kVersion, "): start the newer one, or put back a copy of the file from before its first start");
}

// The positions of these in a SQLite file (https://sqlite.org/fileformat2.html), as big-endian numbers.
constexpr absl::string_view kMagic("SQLite format 3\0", 16);
constexpr size_t kUserVersionAt = 60;
constexpr size_t kApplicationIdAt = 68;

int64_t NumberAt(absl::string_view header, size_t at) {
  int64_t number = 0;
  for (const char byte : header.substr(at, 4)) number = number * 256 + static_cast<unsigned char>(byte);
  return number;
}

absl::StatusOr<int64_t> NumberOf(SqliteDatabase& database, absl::string_view sql) {
  absl::StatusOr<SqliteStatement> statement = SqliteStatement::Prepare(database, sql);
  if (!statement.ok()) return statement.status();
  SqliteRun run(*statement);
  if (const absl::StatusOr<bool> row = run.Next(); !row.ok()) return row.status();
  return run.IntAt(0);
}

absl::StatusOr<int64_t> VersionOf(SqliteDatabase& database) {
  const absl::StatusOr<int64_t> id = NumberOf(database, "PRAGMA application_id");
  if (!id.ok()) return id;
  const absl::StatusOr<int64_t> tables = NumberOf(database, "SELECT count(*) FROM sqlite_schema");
  if (!tables.ok()) return tables;
  if (*tables > 0 && *id != kApplicationId) {
    return absl::FailedPreconditionError(kNoLedger);
  }
  return NumberOf(database, "PRAGMA user_version");
}

}  // namespace

absl::Status BringUpToDate(SqliteDatabase& database) {
  const absl::StatusOr<int64_t> version = VersionOf(database);
  if (!version.ok()) return version.status();
  if (*version > kVersion) {
    return absl::FailedPreconditionError(WordsOfNewer(*version));
  }
  if (const absl::Status logged = database.UseLog(); !logged.ok()) return logged;
  for (int64_t next = *version; next < kVersion; ++next) {
    const absl::Status migrated =
        database.Run(absl::StrCat("BEGIN IMMEDIATE; ", kMigrations[next], "; PRAGMA application_id = ", kApplicationId,
                                  "; PRAGMA user_version = ", next + 1, "; COMMIT"));
    if (!migrated.ok()) return migrated;
  }
  // Checks now rather than at the first order whether it can be written at all.
  if (const absl::Status begun = database.Run("BEGIN IMMEDIATE"); !begun.ok()) return begun;
  if (const absl::Status touched = Touch(database); !touched.ok()) return touched;
  return database.Run("COMMIT");
}

absl::Status CheckHeader(absl::string_view header) {
  if (header.empty()) return absl::OkStatus();
  if (header.size() < kSqliteHeaderBytes || !absl::StartsWith(header, kMagic)) {
    return absl::UnavailableError("it is not a SQLite file");
  }
  if (NumberAt(header, kApplicationIdAt) != kApplicationId) return absl::UnavailableError(kNoLedger);
  const int64_t version = NumberAt(header, kUserVersionAt);
  return version > kVersion ? absl::UnavailableError(WordsOfNewer(version)) : absl::OkStatus();
}

absl::Status Touch(SqliteDatabase& database) { return database.Run(absl::StrCat("PRAGMA user_version = ", kVersion)); }

}  // namespace webex_gateway
