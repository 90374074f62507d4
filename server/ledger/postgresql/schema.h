// What the database holds, and the settings that its statements need. The SQL is plain: it should do for every engine
// that speaks PostgreSQL's protocol and has partial unique indices and ON CONFLICT.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/ledger/postgresql/connection.h"

namespace webex_gateway {

// What every statement of the ledger needs, which may differ from what its database or role has.
std::vector<PgSetting> LedgerSettings(absl::Duration statement_timeout);

// How long each statement of a migration may take.
inline constexpr absl::Duration kMigrationLimit = absl::Minutes(5);

// Looks at the database over a new connection. The tables are made where they are not there, and those of an earlier
// version made into those of this one, by several gateways at once if need be, also of two versions.
// FAILED_PRECONDITION: the database is not fit for the ledger, or needs a newer gateway.
//
// A gateway goes on with tables that a newer one has changed, as long as they say that it may; else it finds out at its
// next connection, and takes no more orders. A migration is one transaction, which waits for those under way and lets
// none begin meanwhile: it rewrites no row, and takes a moment, or, for an index of large tables, some seconds.
absl::Status PrepareDatabase(PgConnection& connection);

}  // namespace webex_gateway
