// Retry: decides when a call is tried again.
#pragma once

#include <memory>

#include "absl/random/bit_gen_ref.h"
#include "absl/time/time.h"
#include "server/base/backoff.h"
#include "server/http/http.h"
#include "server/http/telemetry.h"

namespace webex_gateway {

struct RetryOptions {
  Backoff backoff{.first = absl::Milliseconds(200), .longest = absl::Seconds(10)};
  int max_failures = 5;  // attempts that may fail, not counting those that met a 429
  // Shared by all calls, so that a failing Webex is not flooded: each call earns a fraction of a retry, and these are
  // saved up to a maximum; in addition, one is earned every second up to `least`. Waits for a 429 cost nothing.
  double earned_by_call = 0.2;
  double least = 10;
  double most = 100;
  // A call that waits keeps its place from others, so one that has to wait for longer is not repeated here.
  absl::Duration longest_wait = absl::Seconds(30);
};

// Tries again what certainly had no effect and may succeed later:
//   * no connection (not a refused certificate);
//   * 429, for which the pace waits, and 423 or 503 with a readable Retry-After;
//   * a refused token, once, and only if another is available;
//   * for a repeatable request also a lost answer, 303, 408 and any 5xx except 501.
// The wait is a growing random backoff or Retry-After, whichever is longer. A wait beyond the call's deadline, or the
// longest one, is not begun: the last result is the call's. The same applies when the shared retries are used up. If
// this gateway refuses to send once more (kOverloaded, kRateLimited, kCircuitOpen), the result is an earlier one that
// tells more: a 429 (with HttpAnswer::refused_for), or one of an attempt that may have had an effect. Call::maybe_acted
// shows whether any attempt may have had one, whatever the last one met.
std::unique_ptr<HttpClient> WithRetry(std::unique_ptr<HttpClient> next, Clock& clock, absl::BitGenRef random,
                                      SendObserver& observer, RetryOptions options);

}  // namespace webex_gateway
