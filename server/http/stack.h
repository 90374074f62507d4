// All layers around the wire: decorators of HttpClient::Send, each of which owns the client below it; the wire itself
// is shared with the token source.
#pragma once

#include <memory>
#include <optional>

#include "absl/random/bit_gen_ref.h"
#include "absl/time/time.h"
#include "server/http/admission.h"
#include "server/http/auth.h"
#include "server/http/breaker.h"
#include "server/http/http.h"
#include "server/http/retry.h"
#include "server/http/telemetry.h"
#include "server/http/token_source.h"

namespace webex_gateway {

struct StackOptions {
  AdmissionOptions admission;
  RetryOptions retry;
};

// The estimate of Webex's limit.
struct BelievedLimit {
  double per_second = 0;
  double burst = 0;       // requests at once
  bool measured = false;  // false: an estimate
};

// The state of the calls, for readiness and metrics.
struct StackStatus {
  AdmissionStatus admission;
  double pace = 0;                     // requests per second; infinity while there is none
  std::optional<BelievedLimit> limit;  // nothing while there is no pace
  absl::Duration paused;               // how long nothing will be sent after a 429; usually zero
  bool limit_holds_back = false;       // calls wait for the limit
  Breaker::State breaker = Breaker::State::kClosed;
  std::optional<Outage> outage;  // nothing while the breaker is closed
};

class HttpStack {
 public:
  virtual ~HttpStack() = default;
  virtual HttpClient& client() = 0;
  virtual StackStatus Status() const = 0;
  // The state of the token, from its source and from Webex's answers.
  virtual TokenHealth Token() = 0;
};

// Webex's limit in requests per second, if it is measured and calls wait for it: what their callers can expect.
std::optional<double> FeltLimit(const StackStatus& status);

// The decorators in their order, with the reasons. Everything passed by reference must outlive the result.
std::unique_ptr<HttpStack> CreateStack(HttpClient& wire, Clock& clock, absl::BitGenRef random, TokenSource& tokens,
                                       RefusesToken refuses, SendObserver& observer, const StackOptions& options);

}  // namespace webex_gateway
