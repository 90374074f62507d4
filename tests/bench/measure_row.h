// One measurement of the comparison, with all that has to run for it.
#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tests/bench/rows.h"

namespace webex_gateway {

// Starts all that the row needs, orders for so long, and ends what it has started. The error says what could not be
// started.
absl::StatusOr<Cell> Measure(Row row, const Level& level, absl::Duration duration);

}  // namespace webex_gateway
