// How long each step of a stop may take. --help, --check_config, deploy/README.md and the manifests in deploy/ are all
// checked against these figures.
#pragma once

#include "absl/time/time.h"

namespace webex_gateway {

// In the order of the steps.
struct StopLimits {
  absl::Duration drain_delay;    // for load balancers and callers to notice that this gateway is not ready
  absl::Duration drain_timeout;  // for the orders under way
  // The part of the drain timeout in which callers should become quiet, so that they can be sent away without losing a
  // call.
  absl::Duration last_arrivals = absl::Seconds(2);
  // If no order is under way, for the remaining calls; then their callers count as gone.
  absl::Duration last_calls = absl::Seconds(1);
  absl::Duration last_answers = absl::Seconds(1);  // for answering callers that count as gone
  absl::Duration last_records = absl::Seconds(1);  // for recording orders that were given up before they left
  absl::Duration token_stop = absl::Seconds(1);    // for a refresh under way, which may bring a new refresh token
  // Meanwhile, for the last spans; less than token_stop.
  absl::Duration last_spans = absl::Milliseconds(500);
  absl::Duration ledger_close = absl::Seconds(1);

  // The least drain timeout with which an order that has left for Webex still gets its answer.
  static absl::Duration LeastDrain(absl::Duration attempt_timeout) { return attempt_timeout + absl::Seconds(2); }
  // The time after the drain, at most.
  absl::Duration AfterDrain() const { return last_calls + last_answers + last_records + token_stop + ledger_close; }
  // The time from the signal to the end of the process, at most.
  absl::Duration Total() const { return drain_delay + drain_timeout + AfterDrain(); }
};

}  // namespace webex_gateway
