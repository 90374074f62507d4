#include <algorithm>
#include <utility>

#include "absl/random/distributions.h"
#include "absl/strings/str_cat.h"
#include "server/http/retry_after.h"
#include "server/http/stack.h"

namespace webex_gateway {
namespace {

class Retry : public HttpClient {
 public:
  Retry(std::unique_ptr<HttpClient> next, Clock& clock, absl::BitGenRef random, RetryOptions options)
      : next_(std::move(next)), clock_(clock), random_(random), options_(options) {}

  Async<absl::StatusOr<HttpAnswer>> Send(HttpRequest request, Call& call) override {
    bool renewed = false;
    std::optional<absl::StatusOr<HttpAnswer>> unknown;  // an earlier attempt, if it may have had its effect
    for (int failures = 0;;) {
      ++call.attempts;
      HttpRequest attempt = request;
      attempt.headers.push_back({"TrackingID", absl::StrCat("WXGW_", call.request_id, "_", call.attempts)});
      absl::StatusOr<HttpAnswer> result = co_await next_->Send(std::move(attempt), call);
      if (result.ok() && result->credentials_renewed && !renewed) {
        renewed = true;
        continue;
      }
      if (unknown && !IsSuccess(result)) result = *unknown;
      if (IsUnknown(result)) unknown = result;
      if (!MayRepeat(result, request.repeatable)) co_return result;
      const bool rate_limited = result.ok() && result->status == 429;
      if (!rate_limited && ++failures >= options_.max_failures) co_return result;
      const bool go_on = co_await Pause(std::max(RetryAfter(result), Backoff(call.attempts)), call);
      if (!go_on) co_return result;
    }
  }

 private:
  bool MayRepeat(const absl::StatusOr<HttpAnswer>& result, bool repeatable) const {
    if (repeatable && IsUnknown(result)) return true;
    if (!result.ok()) return SendFailureOf(result.status()) == SendFailure::kUnreachable;
    const int status = result->status;
    return status == 429 || ((status == 423 || status == 503) && RetryAfter(result) >= absl::ZeroDuration());
  }

  static bool IsSuccess(const absl::StatusOr<HttpAnswer>& result) {
    return result.ok() && result->status >= 200 && result->status < 300;
  }

  // The request may have had its effect, and may not.
  bool IsUnknown(const absl::StatusOr<HttpAnswer>& result) const {
    if (!result.ok()) return MaybeSent(SendFailureOf(result.status()));
    const int status = result->status;
    if (status == 503 && RetryAfter(result) >= absl::ZeroDuration()) return false;
    return status == 408 || (status >= 500 && status != 501);
  }

  // Negative where there is no readable Retry-After.
  absl::Duration RetryAfter(const absl::StatusOr<HttpAnswer>& result) const {
    if (!result.ok()) return -absl::InfiniteDuration();
    const std::optional<absl::string_view> value = FindHeader(result->headers, "Retry-After");
    return (value ? ParseRetryAfter(*value, clock_.WallNow()) : std::nullopt).value_or(-absl::InfiniteDuration());
  }

  absl::Duration Backoff(int attempts) {
    const absl::Duration ceiling = BackoffCeiling(options_, attempts);
    return ceiling * absl::Uniform(random_, 0.5, 1.0);
  }

  // False, at once, where the deadline does not allow the wait; false too where the caller left during it.
  Async<bool> Pause(absl::Duration wait, Call& call) {
    const Clock::Time until = Later(clock_.Now(), wait);
    if (until >= call.deadline || call.stop.stop_requested()) co_return false;
    Event woken;
    const auto timer = clock_.At(until, [&woken] { woken.Set(); });
    const auto leave = [&woken] { woken.Set(); };
    const std::stop_callback on_stop(call.stop, leave);
    co_await woken.Wait();
    co_return !call.stop.stop_requested();
  }

  const std::unique_ptr<HttpClient> next_;
  Clock& clock_;
  absl::BitGenRef random_;
  const RetryOptions options_;
};

}  // namespace

absl::Duration BackoffCeiling(const RetryOptions& options, int failures) {
  absl::Duration ceiling = options.first_backoff;
  for (int i = 1; i < failures && ceiling < options.max_backoff; ++i) ceiling *= 2;
  return std::min(ceiling, options.max_backoff);
}

std::unique_ptr<HttpClient> WithRetry(std::unique_ptr<HttpClient> next, Clock& clock, absl::BitGenRef random,
                                      RetryOptions options) {
  return std::make_unique<Retry>(std::move(next), clock, random, options);
}

}  // namespace webex_gateway
