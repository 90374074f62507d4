// What stands in the database, and how a session for it begins. The SQL is plain: it should do for every engine that
// speaks PostgreSQL's protocol and has partial unique indices and ON CONFLICT.
#pragma once

#include "absl/status/status.h"
#include "server/ledger/postgresql.h"

namespace webex_gateway {

// Makes a new connection ready: its settings, and the tables, which are made where they are not there, by several
// gateways at once if need be. FAILED_PRECONDITION: the database is not fit for the ledger, or a newer gateway's.
absl::Status BeginSession(PgConnection& connection, absl::Duration statement_timeout);

}  // namespace webex_gateway
