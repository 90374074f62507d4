// The ledger in a SQLite file that only one gateway uses.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/async.h"
#include "server/base/clock.h"
#include "server/ledger/earlier_versions.h"
#include "server/ledger/ledger.h"

namespace webex_gateway {

struct SqliteLedgerOptions {
  std::string path;
  std::string gateway;  // this gateway's name on record
  absl::Duration retention = absl::Hours(72);
  LedgerObserver observer;
  SubjectOfUser subject_of_user = [](const std::string& sp_enterprise_id, const std::string& user_id) {
    return sp_enterprise_id + "\n" + user_id;
  };
};

// Opens the file, or creates it (only for its owner), and locks it against every other process until the ledger is
// destroyed, which first finishes earlier requests. An error states why the file cannot be used: it is in use, cannot
// be written, is not a ledger, or was created by a newer gateway. Blocks; later calls do not.
//
// Its own thread writes: everything that waits goes into one transaction and one sync, so that under load many orders
// share a sync. If nothing was written for 5 s it makes a write without changes, to check that it can write. `loop` and
// `clock` must outlive it.
absl::StatusOr<std::unique_ptr<Ledger>> OpenSqliteLedger(Loop& loop, Clock& clock, SqliteLedgerOptions options);

// Whether it could be opened, or created, as far as that shows without creating anything. FAILED_PRECONDITION: another
// process uses it. UNAVAILABLE: it cannot be used.
absl::Status CheckSqliteLedger(const std::string& path);

}  // namespace webex_gateway
