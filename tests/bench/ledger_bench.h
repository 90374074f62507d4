// What the ledger costs by itself, without a gateway round it.
#pragma once

#include <string>

#include "absl/time/time.h"

namespace webex_gateway {

struct LedgerBench {
  // A SQLite file that does not exist yet, and is removed in the end; or postgresql://..., an empty database, which
  // keeps what is written to it.
  std::string ledger;
  absl::Duration duration;  // of each measurement

  // Of a file alone.
  absl::Duration sync;  // what a sync is made to cost; negative: what the disk makes of it
  int operations = 0;   // on record at the start-up that is timed
};

// Prints one line for each figure. False: the file cannot be used.
bool MeasureLedger(const LedgerBench& bench);

}  // namespace webex_gateway
