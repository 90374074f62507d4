// The ledger in a PostgreSQL database, which any number of gateways share. It uses nothing that other engines with
// PostgreSQL's protocol lack: no functions or extensions, no advisory locks, no notifications.
//
// Claiming. Unique constraints do it: on the request id, and among open operations on the subject (and, for gateways of
// earlier versions, on enterprise and user of an order to provision). If several gateways claim at once, one writes its
// row, and the others find it and report it.
//
// Leases. A gateway counts as alive until a time on the server's clock that it extends every few seconds; gateways' own
// clocks do not matter. Operations that are IN_FLIGHT from a gateway that is not alive become UNKNOWN: every gateway
// looks for them every few seconds, and at once if they block a claim. So a crash shows as UNKNOWN after two thirds to
// four thirds of the lease (10 to 20 s): the lease was renewed up to a third of it ago, and expired leases are looked
// for every third of it.
//
// Why a gateway that lost its lease (it was suspended, or cut off from the database) does no harm: A claim is granted
// only if the lease outlasts the call's own limit, by one statement that checks both. So when Claim answers kClaimed
// the gateway is alive. If its lease expires later, with the order still to be sent or under way, the operation becomes
// UNKNOWN, which prevents anyone from ordering it again, and its ending is accepted when it arrives: late, but of the
// same claim. A renewed lease restores nothing: the operation stays UNKNOWN until that ending. One risk remains: a
// person may resolve such an operation as not applied while the gateway, suspended before it sent the order, continues.
// So the gateway checks its lease before any byte of an order's body leaves (Call::lease): an expired lease is lost for
// the claims made under it, however often it is renewed. And the record states until when the order may be sent at all
// (sends_until): before that nobody can resolve it as not applied, unless they state that the gateway is gone.
//
// Recorded times are the server's.
//
// Failover. A standby that takes over may lack the last records. A lease belongs to one life of the database (its
// timeline, and the number of renewals that it has recorded): in another life no claim is granted until the gateway has
// restored what it knows, and has then waited for the other gateways to do the same: for the time of a lease, in which
// each that lives reaches the database, and for as long as one of those keeps its lease alive without having finished.
// Meanwhile orders on record are answered, endings are recorded, and nothing is said of what may be among the lost. The
// lost records of a gateway cannot be restored that has died, or that reaches the database only after that.
//
// Doubt. If a connection is lost, or the server is silent, before a claim's result is known, the claim counts as not
// granted: the operation becomes FAILED as soon as the server is available again, even if the server writes it only
// then.
//
// A few threads with a connection each wait for the server. Requests that arrive meanwhile are put into one statement:
// many claims, or many endings, share a transaction, and so a sync of the server's disk.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/async.h"
#include "server/base/clock.h"
#include "server/ledger/earlier_versions.h"
#include "server/ledger/ledger.h"

namespace webex_gateway {

struct PostgresqlLedgerOptions {
  std::string url;  // has passed CheckPostgresqlUrl of postgresql.h
  // Returns the password, of which a trailing line end is ignored; called for each new connection, on any thread. Null:
  // libpq uses its own sources (PGPASSFILE).
  std::function<absl::StatusOr<std::string>()> password;
  std::string gateway_id;  // a UUID that no other process has, nor any earlier run
  std::string host;        // on which this gateway runs, for the record
  absl::Duration retention = absl::Hours(72);
  LedgerObserver observer;
  SubjectOfUser subject_of_user = [](const std::string& sp_enterprise_id, const std::string& user_id) {
    return sp_enterprise_id + "\n" + user_id;
  };

  absl::Duration call_limit = absl::Seconds(5);  // after this a call ends with LEDGER_UNAVAILABLE
  absl::Duration lease = absl::Seconds(15);      // more than call_limit and a third of itself
  absl::Duration upkeep = absl::Seconds(5);      // how often to look for dead gateways and count the record
  int connections = 4;
};

// Connects at the first request, and again after any loss, with pauses of up to 2 s between failed attempts; meanwhile
// calls end at once. Missing tables are created. `loop` and `clock` must outlive it. Destroying it waits for a
// connection that is being made.
//
// AwaitEnd polls every 200 ms for an end at another gateway. Count is exact and cheap. Recover starts the search for
// dead gateways' operations and the deletion of old ones, even if it fails itself. Health reports from the lease's
// renewals, which are writes, and from the count that goes with each.
std::unique_ptr<Ledger> CreatePostgresqlLedger(Loop& loop, Clock& clock, PostgresqlLedgerOptions options);

}  // namespace webex_gateway
