// Measures the ledger by itself, without a gateway.
#pragma once

#include <string>

#include "absl/time/time.h"

namespace webex_gateway {

struct LedgerBench {
  // A SQLite file that does not exist yet, and is removed at the end; or postgresql://..., an empty database, whose new
  // content is kept.
  std::string ledger;
  absl::Duration duration;  // of each measurement

  // Only for a file.
  absl::Duration sync;  // the simulated duration of a sync; negative: the disk's real one
  int operations = 0;   // on record at the measured start-up
};

// Prints one line for each figure. False: the file cannot be used.
bool MeasureLedger(const LedgerBench& bench);

}  // namespace webex_gateway
