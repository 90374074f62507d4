#include <list>
#include <utility>

#include "server/http/stack.h"

namespace webex_gateway {
namespace {

class Admission : public HttpClient {
 public:
  Admission(std::unique_ptr<HttpClient> next, Clock& clock, AdmissionOptions options)
      : next_(std::move(next)), clock_(clock), options_(options) {}

  Async<absl::StatusOr<HttpAnswer>> Send(HttpRequest request, Call& call) override {
    if (running_ < options_.max_calls) {
      ++running_;
    } else {
      const absl::Status admitted = co_await WaitForTurn(call);
      if (!admitted.ok()) co_return admitted;
    }
    absl::StatusOr<HttpAnswer> answer = co_await next_->Send(std::move(request), call);
    HandOn();
    co_return answer;
  }

 private:
  struct Waiter {
    Event woken;
    bool admitted = false;
  };

  Async<absl::Status> WaitForTurn(Call& call) {
    if (waiting_.size() >= static_cast<size_t>(options_.max_queued)) {
      co_return SendError(SendFailure::kOverloaded, "the gateway has as many calls waiting as it takes");
    }
    Waiter waiter;
    const auto place = waiting_.insert(waiting_.end(), &waiter);
    const auto timer = clock_.At(call.deadline, [&waiter] { waiter.woken.Set(); });
    const auto leave = [&waiter] { waiter.woken.Set(); };
    const std::stop_callback on_stop(call.stop, leave);
    co_await waiter.woken.Wait();
    if (waiter.admitted) co_return absl::OkStatus();
    waiting_.erase(place);
    if (call.stop.stop_requested()) co_return SendError(SendFailure::kCancelled, "the caller left the queue");
    co_return SendError(SendFailure::kDeadline, "the deadline came while the call was queued");
  }

  // The slot goes straight to the next in line, so nobody who comes between overtakes.
  void HandOn() {
    if (waiting_.empty()) {
      --running_;
      return;
    }
    Waiter& next = *waiting_.front();
    waiting_.pop_front();
    next.admitted = true;
    next.woken.Set();
  }

  const std::unique_ptr<HttpClient> next_;
  Clock& clock_;
  const AdmissionOptions options_;
  int running_ = 0;
  std::list<Waiter*> waiting_;
};

}  // namespace

std::unique_ptr<HttpClient> WithAdmission(std::unique_ptr<HttpClient> next, Clock& clock, AdmissionOptions options) {
  return std::make_unique<Admission>(std::move(next), clock, options);
}

}  // namespace webex_gateway
