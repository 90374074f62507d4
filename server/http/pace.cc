#include "server/http/pace.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "server/base/backoff.h"
#include "server/http/retry_after.h"

namespace webex_gateway {
namespace {

constexpr double kSlower = 0.9;       // after a 429, of what was taken or sent
constexpr double kSlowest = 1;        // a second, right after a 429
constexpr double kFastest = 2000;     // beyond that there is no pace to keep
constexpr double kLeastGrowth = 0.5;  // a second, each second
constexpr double kGrowth = 0.01;      // of the pace, each second
constexpr double kFastGrowth = 0.1;   // ... once no 429 has come for this long:
constexpr absl::Duration kCalm = absl::Seconds(30);
constexpr absl::Duration kCatchUp = absl::Milliseconds(20);  // late timers cost no throughput
// A pause after a 429, doubling with each in a row; where Webex says for how long, no shorter than that.
constexpr Backoff kWhereAsked{absl::Milliseconds(200), absl::Seconds(10)};
constexpr Backoff kWhereNotSaid{absl::Seconds(10), absl::Seconds(30)};

int64_t SlotOf(Clock::Time time) { return time.time_since_epoch() / std::chrono::milliseconds(50); }

class Pacing : public HttpClient {
 public:
  Pacing(std::unique_ptr<HttpClient> next, Clock& clock, Pace& pace)
      : next_(std::move(next)), clock_(clock), pace_(pace) {}

  Async<absl::StatusOr<HttpAnswer>> Send(HttpRequest request, Call& call) override {
    if (call.turn == 0) call.turn = ++arrived_;
    Waiter waiter{.call = call};
    if (waiting_.empty() && pace_.next() <= clock_.Now()) {
      waiter.number = pace_.OnLeave(clock_.Now(), /*had_to_wait=*/false);
    } else {
      const absl::Status may_leave = co_await WaitForTurn(waiter);
      if (!may_leave.ok()) co_return may_leave;
    }
    absl::StatusOr<HttpAnswer> answer = co_await next_->Send(std::move(request), call);
    if (answer.ok()) Learn(*answer, waiter.number);
    co_return answer;
  }

 private:
  struct Waiter {
    Call& call;
    int64_t number = 0;  // of the pace with which it leaves
    bool leaves = false;
    absl::Duration refused;  // how long it would have had to wait; zero: it is not refused
    Event woken{};
  };

  Async<absl::Status> WaitForTurn(Waiter& waiter) {
    Call& call = waiter.call;
    waiting_.emplace(call.turn, &waiter);
    RefuseTheLate();
    SetTimer();
    co_await WaitFor(waiter.woken, clock_, call.deadline, call.stop);
    if (waiter.leaves) co_return absl::OkStatus();
    waiting_.erase(call.turn);
    SetTimer();
    if (waiter.refused > absl::ZeroDuration()) {
      co_return SendError(SendFailure::kRateLimited, "the deadline is before the order's turn", waiter.refused);
    }
    if (call.stop.stop_requested()) co_return SendError(SendFailure::kCancelled, "the caller left before its turn");
    co_return SendError(SendFailure::kRateLimited, "the deadline came before the order's turn",
                        std::max(absl::ZeroDuration(), absl::FromChrono(pace_.next() - clock_.Now())));
  }

  void Learn(const HttpAnswer& answer, int64_t number) {
    if (answer.status != 429) return pace_.OnTaken();
    pace_.OnLimited(clock_.Now(), number, RetryAfterIn(answer, clock_.WallNow()));
    RefuseTheLate();
    SetTimer();
  }

  // Those whose turn would come after their deadline need not wait to be told so.
  void RefuseTheLate() {
    const Clock::Time now = clock_.Now();
    absl::Duration wait = std::max(absl::ZeroDuration(), absl::FromChrono(pace_.next() - now));
    for (auto& [turn, waiter] : waiting_) {
      if (waiter->woken.is_set()) continue;
      if (Later(now, wait) >= waiter->call.deadline) {
        waiter->refused = wait;
        waiter->woken.Set();
      } else {
        wait += absl::Seconds(1 / pace_.per_second());
      }
    }
  }

  void SetTimer() {
    pace_.OnWaiting(waiting_.size());
    timer_ = waiting_.empty() ? nullptr : clock_.At(pace_.next(), [this] { LetLeave(); });
  }

  void LetLeave() {
    while (!waiting_.empty() && pace_.next() <= clock_.Now()) {
      Waiter& first = *waiting_.begin()->second;
      waiting_.erase(waiting_.begin());
      if (first.woken.is_set()) continue;  // it gives up just now
      first.number = pace_.OnLeave(clock_.Now(), /*had_to_wait=*/true);
      first.leaves = true;
      first.woken.Set();
    }
    SetTimer();
  }

  const std::unique_ptr<HttpClient> next_;
  Clock& clock_;
  Pace& pace_;
  int64_t arrived_ = 0;
  std::map<int64_t, Waiter*> waiting_;  // by turn
  std::unique_ptr<Timer> timer_;
};

}  // namespace

int64_t Pace::OnLeave(Clock::Time now, bool had_to_wait) {
  const int64_t time = SlotOf(now);
  Slot& slot = left_[time % left_.size()];
  if (slot.time != time) slot = {time, 0};
  ++slot.left;
  if (std::isinf(rate_)) return number_;
  if (had_to_wait) Grow(now);
  grown_at_ = now;
  next_ = Later(std::max(next_, Later(now, -kCatchUp)), absl::Seconds(1 / rate_));
  return number_;
}

void Pace::OnLimited(Clock::Time now, int64_t of, std::optional<absl::Duration> retry_after) {
  if (of == number_) {
    ++number_;
    ++in_a_row_;
    limited_at_ = grown_at_ = now;
    most_ = std::min(LeftLately(now), rate_);
    paused_until_ = next_ = Later(now, PauseFor(retry_after));
  } else if (of != number_ - 1) {
    return;
  }
  most_ -= 1;
  rate_ = std::max(kSlowest, kSlower * most_);
}

double Pace::LeftLately(Clock::Time now) const {
  const int64_t oldest = SlotOf(now) - static_cast<int64_t>(left_.size());
  double sum = 0;
  for (const Slot& slot : left_) {
    if (slot.time > oldest) sum += static_cast<double>(slot.left);
  }
  return sum;
}

absl::Duration Pace::PauseFor(std::optional<absl::Duration> retry_after) {
  const Backoff& backoff = retry_after ? kWhereAsked : kWhereNotSaid;
  return std::max(backoff.After(in_a_row_, random_), retry_after.value_or(absl::ZeroDuration()));
}

void Pace::Grow(Clock::Time now) {
  const double seconds = std::min(1.0, std::chrono::duration<double>(now - grown_at_).count());
  const bool calm = absl::FromChrono(now - limited_at_) >= kCalm;
  rate_ += std::max(kLeastGrowth, rate_ * (calm ? kFastGrowth : kGrowth)) * std::max(0.0, seconds);
  if (rate_ > kFastest) rate_ = std::numeric_limits<double>::infinity();
}

std::unique_ptr<HttpClient> WithPace(std::unique_ptr<HttpClient> next, Clock& clock, Pace& pace) {
  return std::make_unique<Pacing>(std::move(next), clock, pace);
}

}  // namespace webex_gateway
