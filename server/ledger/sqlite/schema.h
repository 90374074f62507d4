// The tables of the ledger's SQLite file, from version to version.
#pragma once

#include "absl/status/status.h"
#include "server/ledger/sqlite/connection.h"

namespace webex_gateway {

// Makes the tables in an empty file, or those of an earlier version into those of this one, each step whole or not at
// all. FAILED_PRECONDITION where the file is no ledger, or was made by a newer gateway. Shows, too, that the file can
// be written.
absl::Status BringUpToDate(SqliteDatabase& database);

// Whether what SqliteDatabase::Check found is the beginning of a ledger that this gateway knows, or of none.
absl::Status CheckHeader(absl::string_view header);

// Within a transaction: gives it something to write that changes nothing.
absl::Status Touch(SqliteDatabase& database);

}  // namespace webex_gateway
