#include "server/http/pacing.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>

#include "server/http/retry_after.h"

namespace webex_gateway {
namespace {

class Pacing : public HttpClient {
 public:
  Pacing(std::unique_ptr<HttpClient> next, Clock& clock, Pace& pace, const AdmissionStatus& admission)
      : next_(std::move(next)), clock_(clock), pace_(pace), admission_(admission) {}

  Async<absl::StatusOr<HttpAnswer>> Send(HttpRequest request, Call& call) override {
    if (call.turn == 0) call.turn = ++arrived_;
    Waiter waiter{.call = call};
    if (waiting_.empty() && pace_.next() <= clock_.Now()) {
      waiter.ticket = Leave();
    } else {
      const absl::Status may_leave = co_await WaitForTurn(waiter);
      if (!may_leave.ok()) co_return may_leave;
    }
    absl::StatusOr<HttpAnswer> answer = co_await next_->Send(std::move(request), call);
    if (answer.ok()) {
      Learn(*answer, waiter.ticket);
    } else if (!MaybeSent(SendFailureOf(answer.status()))) {
      pace_.OnUnsent(waiter.ticket);
    }
    co_return answer;
  }

 private:
  struct Waiter {
    Call& call;
    Pace::Ticket ticket{};
    bool leaves = false;
    absl::Duration refused;  // how long it would have had to wait; zero: it is not refused
    Event woken{};
  };

  Pace::Ticket Leave() {
    pace_.OnWaiting(waiting_.size());
    return pace_.OnLeave(clock_.Now(), admission_.queued);
  }

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
    co_return SendError(
        SendFailure::kRateLimited, "the deadline passed before the order's turn",
        std::max(absl::ZeroDuration(), absl::FromChrono(pace_.NextBehind(admission_.queued) - clock_.Now())));
  }

  void Learn(const HttpAnswer& answer, const Pace::Ticket& ticket) {
    if (answer.status != 429) return pace_.OnTaken(clock_.Now(), ticket);
    pace_.OnLimited(clock_.Now(), ticket, RetryAfterIn(answer, clock_.WallNow()));
    RefuseTheLate();
    SetTimer();
  }

  // Calls whose turn would come after their deadline are refused without waiting.
  void RefuseTheLate() {
    int64_t before = 0;
    for (auto& [turn, waiter] : waiting_) {
      if (waiter->woken.is_set()) continue;
      const Clock::Time leaves = pace_.NextAfter(before);
      if (leaves > clock_.Now() && leaves >= waiter->call.deadline) {
        waiter->refused = absl::FromChrono(leaves - clock_.Now());
        waiter->woken.Set();
      } else {
        ++before;
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
      const bool gives_up = first.woken.is_set();
      if (!gives_up) first.ticket = Leave();
      waiting_.erase(waiting_.begin());
      if (gives_up) continue;
      first.leaves = true;
      first.woken.Set();
    }
    SetTimer();
  }

  const std::unique_ptr<HttpClient> next_;
  Clock& clock_;
  Pace& pace_;
  const AdmissionStatus& admission_;
  int64_t arrived_ = 0;
  std::map<int64_t, Waiter*> waiting_;  // by turn
  std::unique_ptr<Timer> timer_;
};

}  // namespace

std::unique_ptr<HttpClient> WithPace(std::unique_ptr<HttpClient> next, Clock& clock, Pace& pace,
                                     const AdmissionStatus& admission) {
  return std::make_unique<Pacing>(std::move(next), clock, pace, admission);
}

}  // namespace webex_gateway
