// Everything that is wrapped round the wire: decorators of HttpClient::Send, each of which owns the client below it;
// the wire itself is shared with what fetches tokens.
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

// Webex's limit, as it is believed to be.
struct BelievedLimit {
  double per_second = 0;
  double burst = 0;       // requests at once
  bool measured = false;  // no: a guess
};

// How the calls fare, for readiness and metrics.
struct StackStatus {
  AdmissionStatus admission;
  double pace = 0;                     // requests a second; infinity while there is none
  std::optional<BelievedLimit> limit;  // nothing while there is no pace
  absl::Duration paused;               // for how long nothing is sent, after a 429; zero as a rule
  bool limit_holds_back = false;       // calls wait for the limit
  Breaker::State breaker = Breaker::State::kClosed;
  std::optional<Outage> outage;  // nothing while the breaker is closed
};

class HttpStack {
 public:
  virtual ~HttpStack() = default;
  virtual HttpClient& client() = 0;
  virtual StackStatus Status() const = 0;
  // How it stands with the token, by its source and by what Webex says of it.
  virtual TokenHealth Token() = 0;
};

// Webex's limit in requests a second, where it is measured and calls wait for it: what their callers can expect.
std::optional<double> FeltLimit(const StackStatus& status);

// The decorators in their order, with why. What is passed by reference must outlive the result.
std::unique_ptr<HttpStack> CreateStack(HttpClient& wire, Clock& clock, absl::BitGenRef random, TokenSource& tokens,
                                       RefusesToken refuses, SendObserver& observer, const StackOptions& options);

}  // namespace webex_gateway
