// What stands in the database, and how a session for it begins. The SQL is plain: it should do for every engine that
// speaks PostgreSQL's protocol and has partial unique indices and ON CONFLICT.
#pragma once

#include "absl/status/status.h"
#include "server/ledger/postgresql.h"

namespace webex_gateway {

// Makes a new connection ready: its settings, and the tables, which are made where they are not there, and those of an
// earlier version made into those of this one, by several gateways at once if need be, also of two versions.
// FAILED_PRECONDITION: the database is not fit for the ledger, or needs a newer gateway.
//
// A gateway goes on with tables that a newer one has changed, as long as they say that it may; else it finds out at its
// next connection, and takes no more orders. A migration is one transaction, which waits for those under way and lets
// none begin meanwhile: it must be done in a moment.
absl::Status BeginSession(PgConnection& connection, absl::Duration statement_timeout);

}  // namespace webex_gateway
