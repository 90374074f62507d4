#include "server/http/breaker.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/backoff.h"
#include "server/http/effect.h"

namespace webex_gateway {
namespace {

constexpr Backoff kOpenFor{.first = absl::Seconds(5), .longest = absl::Minutes(1)};
constexpr absl::Duration kWhileProbing = absl::Seconds(1);

Breaker::Result ResultOf(const absl::StatusOr<HttpAnswer>& answer) {
  using Result = Breaker::Result;
  if (answer.ok()) return IsServerFailure(answer->status) ? Result::kFailure : Result::kSuccess;
  switch (SendFailureOf(answer.status())) {
    case SendFailure::kUnreachable:
    case SendFailure::kCertificate:
    case SendFailure::kAnswerLost:
      return Result::kFailure;
    case SendFailure::kDeadline:
      return LackedConnection(answer.status()) ? Result::kFailure : Result::kNothing;
    default:
      return Result::kNothing;
  }
}

std::string WhyOf(const absl::StatusOr<HttpAnswer>& answer) {
  return answer.ok() ? absl::StrCat("HTTP status ", answer->status) : std::string(answer.status().message());
}

class Breaking : public HttpClient {
 public:
  Breaking(std::unique_ptr<HttpClient> next, Clock& clock, Breaker& breaker)
      : next_(std::move(next)), clock_(clock), breaker_(breaker) {}

  Async<absl::StatusOr<HttpAnswer>> Send(HttpRequest request, Call& call) override {
    const Breaker::Pass pass = breaker_.Admit(clock_.Now());
    if (pass == Breaker::Pass::kRefused) {
      co_return SendError(SendFailure::kCircuitOpen,
                          "Webex has failed too often recently, so nothing is sent for a while",
                          breaker_.Left(clock_.Now()));
    }
    absl::StatusOr<HttpAnswer> answer = co_await next_->Send(std::move(request), call);
    breaker_.OnResult(clock_.Now(), pass, ResultOf(answer), WhyOf(answer));
    co_return answer;
  }

 private:
  const std::unique_ptr<HttpClient> next_;
  Clock& clock_;
  Breaker& breaker_;
};

}  // namespace

Breaker::Pass Breaker::Admit(Clock::Time now) {
  if (!open_) return Pass::kAdmitted;
  if (probing_ || now < until_) return Pass::kRefused;
  probing_ = true;
  return Pass::kProbe;
}

void Breaker::OnResult(Clock::Time now, Pass pass, Result result, std::string why) {
  if (result == Result::kFailure) why_ = std::move(why);
  if (pass == Pass::kProbe) {
    probing_ = false;
    if (result == Result::kFailure) return Open(now);
    if (result == Result::kNothing) return;
    open_ = false;
    openings_ = 0;
    failed_.reset();
    return;
  }
  // While it is open, only the probe's result is new.
  if (open_ || result == Result::kNothing) return;
  failed_ <<= 1;
  failed_[0] = result == Result::kFailure;
  if (failed_.count() >= kFailuresToOpen) Open(now);
}

Breaker::State Breaker::state(Clock::Time now) const {
  if (!open_) return State::kClosed;
  return probing_ || now >= until_ ? State::kHalfOpen : State::kOpen;
}

std::optional<Outage> Breaker::outage(Clock::Time now) const {
  if (!open_) return std::nullopt;
  const absl::Duration next_probe = probing_ ? absl::ZeroDuration() : absl::FromChrono(until_ - now);
  return Outage{absl::FromChrono(now - opened_), why_, std::max(absl::ZeroDuration(), next_probe)};
}

absl::Duration Breaker::Left(Clock::Time now) const {
  if (!open_) return absl::ZeroDuration();
  return std::max(probing_ ? kWhileProbing : absl::ZeroDuration(), absl::FromChrono(until_ - now));
}

void Breaker::Open(Clock::Time now) {
  if (!std::exchange(open_, true)) opened_ = now;
  until_ = Later(now, kOpenFor.After(++openings_, random_));
}

absl::string_view NameOf(Breaker::State state) {
  switch (state) {
    case Breaker::State::kClosed:
      return "closed";
    case Breaker::State::kOpen:
      return "open";
    case Breaker::State::kHalfOpen:
      return "half_open";
  }
  return "";
}

std::unique_ptr<HttpClient> WithBreaker(std::unique_ptr<HttpClient> next, Clock& clock, Breaker& breaker) {
  return std::make_unique<Breaking>(std::move(next), clock, breaker);
}

}  // namespace webex_gateway
