// The database's tables, and the settings that its statements need. The SQL is plain: it should work with every engine
// that speaks PostgreSQL's protocol and has partial unique indices and ON CONFLICT.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/ledger/postgresql/connection.h"

namespace webex_gateway {

// The settings that every statement of the ledger needs, which may differ from those of its database or role.
std::vector<PgSetting> LedgerSettings(absl::Duration statement_timeout);

// How long each statement of a migration may take.
inline constexpr absl::Duration kMigrationLimit = absl::Minutes(5);

// Checks the database over a new connection. Creates missing tables, and migrates those of an earlier version; several
// gateways, even of two versions, may do this at once. FAILED_PRECONDITION: the database is not suitable for the
// ledger, or needs a newer gateway.
//
// A gateway continues with tables that a newer one has changed, as long as they allow it; otherwise it finds out at its
// next connection, and accepts no more orders. A migration is one transaction, which waits for those under way and
// blocks new ones meanwhile: it rewrites no row, and takes a moment, or some seconds for an index on large tables.
absl::Status PrepareDatabase(PgConnection& connection);

}  // namespace webex_gateway
