#include "server/http/pace.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "absl/random/distributions.h"
#include "server/http/retry_after.h"
#include "server/http/stack.h"

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
constexpr absl::Duration kFirstPause = absl::Milliseconds(200);
constexpr absl::Duration kLongestBackoff = absl::Seconds(10);
constexpr absl::Duration kLongestPause = absl::Minutes(10);  // then Webex is asked again, whatever it said

int64_t TenthOf(Clock::Time time) { return time.time_since_epoch() / std::chrono::milliseconds(100); }

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
    if (waiter.refused > absl::ZeroDuration()) {
      co_return SendError(SendFailure::kOverloaded, "Webex limits the rate, and the deadline is before the call's turn",
                          waiter.refused);
    }
    if (call.stop.stop_requested()) co_return SendError(SendFailure::kCancelled, "the caller left before its turn");
    co_return SendError(SendFailure::kDeadline, "the deadline came before the call's turn");
  }

  void Learn(const HttpAnswer& answer, int64_t number) {
    if (answer.status != 429) return pace_.OnTaken(clock_.Now());
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
  if (std::isinf(rate_)) return number_;
  if (had_to_wait) Grow(now);
  grown_at_ = now;
  next_ = Later(std::max(next_, Later(now, -kCatchUp)), absl::Seconds(1 / rate_));
  return number_;
}

void Pace::OnTaken(Clock::Time now) {
  in_a_row_ = 0;
  const int64_t tenth = TenthOf(now);
  Slot& slot = taken_[tenth % taken_.size()];
  if (slot.tenth != tenth) slot = {tenth, 0};
  ++slot.taken;
}

void Pace::OnLimited(Clock::Time now, int64_t of, std::optional<absl::Duration> retry_after) {
  if (of != number_) return;
  ++number_;
  ++in_a_row_;
  limited_at_ = grown_at_ = now;
  const double taken = TakenLately(now);
  const double before = taken > 0 ? std::min(taken, rate_) : rate_ / 2;
  rate_ = std::max(kSlowest, kSlower * (std::isinf(before) ? kSlowest : before));
  paused_until_ = Later(now, PauseFor(retry_after));
  next_ = paused_until_;
}

double Pace::TakenLately(Clock::Time now) {
  const int64_t oldest = TenthOf(now) - static_cast<int64_t>(taken_.size());
  double sum = 0;
  for (const Slot& slot : taken_) {
    if (slot.tenth > oldest) sum += static_cast<double>(slot.taken);
  }
  return sum;
}

absl::Duration Pace::PauseFor(std::optional<absl::Duration> retry_after) {
  const absl::Duration ceiling = std::min(kLongestBackoff, kFirstPause * std::exp2(std::min(in_a_row_ - 1, 10)));
  const absl::Duration backoff = ceiling * absl::Uniform(random_, 0.5, 1.0);
  return std::min(std::max(backoff, retry_after.value_or(absl::ZeroDuration())), kLongestPause);
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
