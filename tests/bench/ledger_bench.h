// What the SQLite ledger costs by itself, without a gateway round it.
#pragma once

#include <string>

#include "absl/time/time.h"

namespace webex_gateway {

struct LedgerBench {
  std::string path;         // a file that does not exist yet; it is removed in the end
  absl::Duration sync;      // what a sync is made to cost; negative: what the disk makes of it
  absl::Duration duration;  // of each measurement
  int operations = 0;       // on record at the start-up that is timed
};

// Prints one line for each figure. False: the file cannot be used.
bool MeasureLedger(const LedgerBench& bench);

}  // namespace webex_gateway
