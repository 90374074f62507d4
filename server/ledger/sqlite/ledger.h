// The ledger in a SQLite file of one gateway's own.
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
  std::string gateway;  // how this one is named on record
  absl::Duration retention = absl::Hours(72);
  LedgerObserver observer;
  SubjectOfUser subject_of_user = [](const std::string& sp_enterprise_id, const std::string& user_id) {
    return sp_enterprise_id + "\n" + user_id;
  };
};

// Opens the file, or makes it (for its owner alone), and holds it against every other process until the ledger is
// destroyed, which ends with what was asked before. An error says why the file cannot be used: it is in use, cannot be
// written, is no ledger, or was made by a newer gateway. Blocks; later calls do not.
//
// One thread of its own writes: all that waits goes into one transaction and one sync, so that under load many orders
// share a sync. Where nothing was written for 5 s it writes something that changes nothing, to know that it can. `loop`
// and `clock` must outlive it.
absl::StatusOr<std::unique_ptr<Ledger>> OpenSqliteLedger(Loop& loop, Clock& clock, SqliteLedgerOptions options);

// Whether it could be opened, or made, as far as that shows without making anything. FAILED_PRECONDITION: another
// process has it. UNAVAILABLE: it cannot be used.
absl::Status CheckSqliteLedger(const std::string& path);

}  // namespace webex_gateway
