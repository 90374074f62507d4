// Retry: when a call is tried again.
#pragma once

#include <memory>

#include "absl/random/bit_gen_ref.h"
#include "server/base/backoff.h"
#include "server/http/http.h"
#include "server/http/telemetry.h"

namespace webex_gateway {

struct RetryOptions {
  Backoff backoff{.first = absl::Milliseconds(200), .longest = absl::Seconds(10)};
  int max_failures = 5;  // attempts that may fail, those that met a 429 not counted
  // For all calls together, so that a Webex that fails is not stormed: each call earns a part of a retry, and these are
  // saved up to a maximum; besides, one is earned every second up to `least`. Waits for a 429 cost nothing.
  double earned_by_call = 0.2;
  double least = 10;
  double most = 100;
};

// Tries again what certainly had no effect and may go better later:
//   * no connection (not a refused certificate);
//   * 429, whose wait is the pace's business, and 423 or 503 that bear a readable Retry-After;
//   * a refused token, once, and only where another is at hand;
//   * for a repeatable request also a lost answer, 408 and any 5xx but 501.
// The wait is a growing random backoff or Retry-After, whichever is longer. A wait that would pass the call's deadline
// is not begun: the last result is the call's. So it is where the retries that all calls share are used up. Where
// this gateway refuses to send once more (kOverloaded, kRateLimited, kCircuitOpen), the result is the earlier one that
// says more: a 429, or one of an attempt that may have had its effect. Whether any may have had it is in
// Call::maybe_acted, whatever the last one met.
std::unique_ptr<HttpClient> WithRetry(std::unique_ptr<HttpClient> next, Clock& clock, absl::BitGenRef random,
                                      SendObserver& observer, RetryOptions options);

}  // namespace webex_gateway
