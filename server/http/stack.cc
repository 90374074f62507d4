#include "server/http/stack.h"

#include <algorithm>
#include <utility>

#include "server/http/pacing.h"
#include "server/http/tracking.h"

namespace webex_gateway {
namespace {

// Requests that leave without a 429 are within the limit, whatever was estimated before.
std::optional<BelievedLimit> Believed(const Pace& pace) {
  const std::optional<RateLimit>& limit = pace.limit();
  if (!limit) return std::nullopt;
  return BelievedLimit{std::max(limit->rate(), pace.per_second()), limit->burst(),
                       limit->measured() && pace.per_second() <= limit->rate()};
}

class Stack : public HttpStack {
 public:
  Stack(HttpClient& wire, Clock& clock, absl::BitGenRef random, TokenSource& tokens, RefusesToken refuses,
        SendObserver& observer, const StackOptions& options)
      : clock_(clock), pace_(random), breaker_(random), guard_(clock, random, tokens) {
    auto client = WithAuth(wire, tokens, guard_, refuses);                  // innermost: a fresh token each time
    client = WithTelemetry(std::move(client), clock, observer, "attempt");  // never sees the token
    client = WithTracking(std::move(client), random);                       // calls refused above are not attempts
    client = WithTokenGuard(std::move(client), guard_);                     // the same
    client = WithBreaker(std::move(client), clock, breaker_);               // checks at the last moment
    client = WithPace(std::move(client), clock, pace_, admission_);         // applies to every attempt
    client = WithRetry(std::move(client), clock, random, observer, options.retry);  // repeats what is below it
    client = WithTelemetry(std::move(client), clock, observer, "call");             // sees the call as a whole
    client_ = WithAdmission(std::move(client), clock, pace_, admission_, options.admission);  // waits at no cost
  }

  HttpClient& client() override { return *client_; }

  StackStatus Status() const override {
    const Clock::Time now = clock_.Now();
    return {.admission = admission_,
            .pace = pace_.per_second(),
            .limit = Believed(pace_),
            .paused = std::max(absl::ZeroDuration(), absl::FromChrono(pace_.paused_until() - now)),
            .limit_holds_back = pace_.HoldsBack(now),
            .breaker = breaker_.state(now),
            .outage = breaker_.outage(now)};
  }

  TokenHealth Token() override { return guard_.Health(); }

 private:
  Clock& clock_;
  Pace pace_;
  Breaker breaker_;
  TokenGuard guard_;
  AdmissionStatus admission_;
  std::unique_ptr<HttpClient> client_;
};

}  // namespace

std::optional<double> FeltLimit(const StackStatus& status) {
  const bool is_felt = status.limit_holds_back && status.limit && status.limit->measured;
  return is_felt ? std::optional<double>(status.limit->per_second) : std::nullopt;
}

std::unique_ptr<HttpStack> CreateStack(HttpClient& wire, Clock& clock, absl::BitGenRef random, TokenSource& tokens,
                                       RefusesToken refuses, SendObserver& observer, const StackOptions& options) {
  return std::make_unique<Stack>(wire, clock, random, tokens, refuses, observer, options);
}

}  // namespace webex_gateway
