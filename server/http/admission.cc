#include <list>
#include <utility>

#include "server/http/stack.h"

namespace webex_gateway {
namespace {

// How much the latest call counts in the mean time of a call.
constexpr double kLatest = 0.1;

class Admission : public HttpClient {
 public:
  Admission(std::unique_ptr<HttpClient> next, Clock& clock, const Pace& pace, AdmissionStatus& status,
            AdmissionOptions options)
      : next_(std::move(next)), clock_(clock), pace_(pace), status_(status), options_(options) {}

  Async<absl::StatusOr<HttpAnswer>> Send(HttpRequest request, Call& call) override {
    if (status_.under_way < options_.max_calls) {
      ++status_.under_way;
    } else {
      const absl::Status admitted = co_await WaitForTurn(call);
      if (!admitted.ok()) co_return admitted;
    }
    const Clock::Time begun = clock_.Now();
    absl::StatusOr<HttpAnswer> answer = co_await next_->Send(std::move(request), call);
    HandOn(absl::FromChrono(clock_.Now() - begun));
    co_return answer;
  }

 private:
  struct Waiter {
    Event woken;
    bool admitted = false;
  };

  Async<absl::Status> WaitForTurn(Call& call) {
    const absl::Duration wait = ExpectedWait();
    if (waiting_.size() >= static_cast<size_t>(options_.max_queued)) {
      co_return SendError(SendFailure::kOverloaded, "as many calls wait as the gateway takes", wait);
    }
    if (Later(clock_.Now(), wait) >= call.deadline) {
      co_return SendError(SendFailure::kOverloaded, "the queue is too long for the call's deadline", wait);
    }
    Waiter waiter;
    const auto place = waiting_.insert(waiting_.end(), &waiter);
    status_.queued = static_cast<int>(waiting_.size());
    co_await WaitFor(waiter.woken, clock_, call.deadline, call.stop);
    if (waiter.admitted) co_return absl::OkStatus();
    waiting_.erase(place);
    status_.queued = static_cast<int>(waiting_.size());
    if (call.stop.stop_requested()) co_return SendError(SendFailure::kCancelled, "the caller left the queue");
    co_return SendError(SendFailure::kDeadline, "the deadline came while the call was queued");
  }

  // For one more call in the queue: at the mean time that calls take, and not before the pace's rest is over.
  absl::Duration ExpectedWait() const {
    const absl::Duration queue = mean_ * (static_cast<double>(waiting_.size() + 1) / options_.max_calls);
    return std::max(queue, absl::FromChrono(pace_.paused_until() - clock_.Now()));
  }

  // The slot goes straight to the next in line, so nobody who comes between overtakes.
  void HandOn(absl::Duration took) {
    mean_ += (took - mean_) * kLatest;
    if (waiting_.empty()) {
      --status_.under_way;
      return;
    }
    Waiter& next = *waiting_.front();
    waiting_.pop_front();
    status_.queued = static_cast<int>(waiting_.size());
    next.admitted = true;
    next.woken.Set();
  }

  const std::unique_ptr<HttpClient> next_;
  Clock& clock_;
  const Pace& pace_;
  AdmissionStatus& status_;
  const AdmissionOptions options_;
  std::list<Waiter*> waiting_;
  absl::Duration mean_;
};

}  // namespace

std::unique_ptr<HttpClient> WithAdmission(std::unique_ptr<HttpClient> next, Clock& clock, const Pace& pace,
                                          AdmissionStatus& status, AdmissionOptions options) {
  return std::make_unique<Admission>(std::move(next), clock, pace, status, options);
}

}  // namespace webex_gateway
