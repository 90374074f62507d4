// Measures how long a backlog takes to drain through a gateway, in real time, while Webex limits the rate.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace webex_gateway {

// A token bucket, its Retry-After, and the number of orders that arrive at once.
struct DrainCase {
  double per_second = 0;
  int burst = 0;
  int retry_after = 0;  // seconds
  int orders = 0;
};

// "40 20 1 400; 50 10 5 1000": the members in their order; several cases are separated by semicolons.
absl::StatusOr<std::vector<DrainCase>> ParseDrainCases(absl::string_view text);

// Starts a sandbox and a gateway for each case, orders over this many connections, and prints a line: the time until
// the last order is answered, and that of a client that knows the limiter; how many calls were refused, and how many of
// that client's. False: a gateway did not start, an order failed, or nothing was refused, so that the limit was not
// met.
bool MeasureDrain(const std::vector<DrainCase>& cases, int connections);

}  // namespace webex_gateway
