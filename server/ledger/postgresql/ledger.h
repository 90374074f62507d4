// The ledger in a PostgreSQL database, which any number of gateways share. It needs nothing of PostgreSQL that other
// engines with its protocol lack: no functions or extensions, no advisory locks, no notifications.
//
// Claiming. Two unique constraints do it: of the request id, and of enterprise and user among what is IN_FLIGHT or
// UNKNOWN. Of the gateways that claim at once one writes its row, the others find it and say what it is.
//
// Leases. A gateway counts as alive until a time of the server's clock that it moves on every few seconds; no gateway's
// own clock decides. What is IN_FLIGHT of one that is not alive becomes UNKNOWN: every gateway looks for it every few
// seconds, and at once where it stands in a claim's way. So a crash shows as UNKNOWN after two thirds to four thirds of
// the lease (10 to 20 s): it was renewed up to a third of it ago, and is looked for every third of it.
//
// Why a gateway that lost its lease (it was held up, or cut off from the database) does no harm: A claim is granted
// only where the lease outlasts the call's own limit, by one statement that looks at both. So when Claim answers
// kClaimed the gateway is alive. If its lease runs out later, with the order still to be sent or under way, the
// operation becomes UNKNOWN, which keeps everyone from ordering it again, and its ending is taken when it comes: late,
// but of the same claim. A renewed lease grants nothing back: the operation stays UNKNOWN until that ending. What
// remains is a person who resolves such an operation as not applied while the gateway, held up since before it sent,
// goes on. So the gateway looks at its lease before any byte of an order's body leaves (Call::lease): one that has run
// out is lost for what was claimed under it, however often it is renewed. And the record says until when the order may
// leave at all (sends_until): before that nobody can resolve it as not applied, but who says that the gateway is gone.
//
// Time on record is the server's.
//
// Failover. A standby that takes over may lack what was last put on record. A lease is of one life of the database (its
// timeline, and the number of renewals that it knows of): in another no claim is granted until the gateway has put back
// what it knows, and has then waited for a lease, in which the other gateways do the same. Meanwhile what is on record
// is answered, and endings are recorded. Of a gateway that has died nobody knows what was lost.
//
// Doubt. Where a connection is lost, or the server silent, before a claim's fate is known, the claim was not granted:
// the operation becomes FAILED as soon as the server is there again, even if it is only now that the server writes it.
//
// All of it waits for the server in a few threads with a connection each. What is asked meanwhile goes into one
// statement: many claims, or many endings, share a transaction, and so a sync of the server's disk.
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
  // The password, a line end after it is ignored; asked for each new connection, on any thread. Null: libpq looks in
  // its own places (PGPASSFILE).
  std::function<absl::StatusOr<std::string>()> password;
  std::string gateway_id;  // a UUID that no other process has, and no earlier life of this one
  std::string host;        // on which this gateway runs, for the record
  absl::Duration retention = absl::Hours(72);
  LedgerObserver observer;
  SubjectOfUser subject_of_user = [](const std::string& sp_enterprise_id, const std::string& user_id) {
    return sp_enterprise_id + "\n" + user_id;
  };

  absl::Duration call_limit = absl::Seconds(5);  // then a call ends with LEDGER_UNAVAILABLE
  absl::Duration lease = absl::Seconds(15);      // more than call_limit and a third of itself
  absl::Duration upkeep = absl::Seconds(5);  // how often dead gateways are looked for, and what is on record counted
  int connections = 4;
};

// Connects when it is first asked for something, and again after any loss, with pauses of up to 2 s between attempts
// that failed; meanwhile calls end at once. The tables are made where they are not there. `loop` and `clock` must
// outlive it. Destroying it waits for a connection that is being made.
//
// AwaitEnd learns of an end at another gateway by asking every 200 ms. Count is exact and cheap. Recover begins the
// looking for dead gateways' operations and the forgetting, even where it fails itself. What Health says is from the
// lease's renewals, which are writes, and from the count that goes with each.
std::unique_ptr<Ledger> CreatePostgresqlLedger(Loop& loop, Clock& clock, PostgresqlLedgerOptions options);

}  // namespace webex_gateway
