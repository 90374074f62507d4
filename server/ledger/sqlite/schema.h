// The tables of the ledger's SQLite file, from version to version.
#pragma once

#include "absl/status/status.h"
#include "server/ledger/sqlite/connection.h"

namespace webex_gateway {

// Creates the tables in an empty file, or migrates those of an earlier version, each step completely or not at all.
// FAILED_PRECONDITION if the file is not a ledger, or was created by a newer gateway. Also checks that the file can be
// written.
absl::Status BringUpToDate(SqliteDatabase& database);

// Whether the beginning returned by SqliteDatabase::Check is that of a ledger that this gateway knows, or empty.
absl::Status CheckHeader(absl::string_view header);

// Within a transaction: adds a write that changes nothing.
absl::Status Touch(SqliteDatabase& database);

}  // namespace webex_gateway
