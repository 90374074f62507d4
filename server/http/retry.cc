#include "server/http/retry.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "server/http/effect.h"
#include "server/http/retry_after.h"

namespace webex_gateway {
namespace {

// The retries that all calls share.
class Budget {
 public:
  Budget(Clock& clock, const RetryOptions& options)
      : clock_(clock), options_(options), retries_(options.least), counted_(clock.Now()) {}

  void OnCall() { retries_ = std::min(options_.most, retries_ + options_.earned_by_call); }

  bool Spend() {
    const Clock::Time now = clock_.Now();
    const double seconds = SecondsBetween(std::exchange(counted_, now), now);
    if (retries_ < options_.least) retries_ = std::min(options_.least, retries_ + seconds);
    if (retries_ < 1) return false;
    retries_ -= 1;
    return true;
  }

 private:
  Clock& clock_;
  const RetryOptions& options_;
  double retries_;
  Clock::Time counted_;
};

class Retry : public HttpClient {
 public:
  Retry(std::unique_ptr<HttpClient> next, Clock& clock, absl::BitGenRef random, SendObserver& observer,
        RetryOptions options)
      : next_(std::move(next)), clock_(clock), random_(random), observer_(observer), options_(options) {}

  Async<absl::StatusOr<HttpAnswer>> Send(HttpRequest request, Call& call) override {
    budget_.OnCall();
    bool renewed = false;
    int failures = 0;
    // The result of an earlier attempt, which tells more than this gateway's refusal to send another: a 429, or that it
    // may have acted.
    std::optional<absl::StatusOr<HttpAnswer>> earlier;
    for (;;) {
      absl::StatusOr<HttpAnswer> result = co_await next_->Send(request, call);
      if (earlier && IsRefusedHere(result)) {
        const std::optional<absl::Duration> wait = RetryAfterOf(result.status());
        // In whole seconds, like Retry-After: of the 30 s that Webex asked for some microseconds have passed.
        if (wait && earlier->ok()) (*earlier)->refused_for = absl::Ceil(*wait, absl::Seconds(1));
        co_return *std::move(earlier);
      }
      if (MaybeActed(result)) call.maybe_acted = true;
      const std::optional<RetryCause> cause = CauseToRepeat(result, request.repeatable);
      if (!cause) co_return result;
      if (*cause == RetryCause::kToken && std::exchange(renewed, true)) co_return result;
      if (*cause == RetryCause::kRateLimited || *cause == RetryCause::kFailed) earlier = result;
      if (*cause != RetryCause::kRateLimited && *cause != RetryCause::kToken) {
        if (++failures >= options_.max_failures) co_return result;
        const bool go_on =
            co_await Pause(std::max(RetryAfter(result), options_.backoff.After(failures, random_)), call);
        if (!go_on) co_return result;
      }
      observer_.OnRetry(*cause);
    }
  }

 private:
  std::optional<RetryCause> CauseToRepeat(const absl::StatusOr<HttpAnswer>& result, bool repeatable) const {
    if (repeatable && MaybeActed(result)) return RetryCause::kFailed;
    if (!result.ok()) {
      if (SendFailureOf(result.status()) == SendFailure::kUnreachable) return RetryCause::kUnreachable;
      return std::nullopt;
    }
    if (result->credentials_renewed) return RetryCause::kToken;
    if (result->status == 429) return RetryCause::kRateLimited;
    const bool may_ask_for_a_wait = result->status == 423 || result->status == 503;
    if (may_ask_for_a_wait && RetryAfter(result) >= absl::ZeroDuration()) return RetryCause::kRetryAfter;
    return std::nullopt;
  }

  static bool IsRefusedHere(const absl::StatusOr<HttpAnswer>& result) {
    if (result.ok()) return false;
    const SendFailure failure = SendFailureOf(result.status());
    return failure == SendFailure::kOverloaded || failure == SendFailure::kRateLimited ||
           failure == SendFailure::kCircuitOpen;
  }

  bool MaybeActed(const absl::StatusOr<HttpAnswer>& result) const {
    return EffectOf(result, clock_.WallNow()) == Effect::kMayHave;
  }

  // Negative if there is no readable Retry-After.
  absl::Duration RetryAfter(const absl::StatusOr<HttpAnswer>& result) const {
    if (!result.ok()) return -absl::InfiniteDuration();
    return RetryAfterIn(*result, clock_.WallNow()).value_or(-absl::InfiniteDuration());
  }

  // False, at once, if the wait is too long, by itself or for the deadline, or no retry is left; also false if the
  // caller left during the wait.
  Async<bool> Pause(absl::Duration wait, Call& call) {
    if (wait > options_.longest_wait) co_return false;
    const Clock::Time until = Later(clock_.Now(), wait);
    if (until >= call.deadline || call.stop.stop_requested() || !budget_.Spend()) co_return false;
    co_await Sleep(clock_, wait, call.stop);
    co_return !call.stop.stop_requested();
  }

  const std::unique_ptr<HttpClient> next_;
  Clock& clock_;
  absl::BitGenRef random_;
  SendObserver& observer_;
  const RetryOptions options_;
  Budget budget_{clock_, options_};
};

}  // namespace

std::unique_ptr<HttpClient> WithRetry(std::unique_ptr<HttpClient> next, Clock& clock, absl::BitGenRef random,
                                      SendObserver& observer, RetryOptions options) {
  return std::make_unique<Retry>(std::move(next), clock, random, observer, options);
}

}  // namespace webex_gateway
