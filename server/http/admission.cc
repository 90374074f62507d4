#include "server/http/admission.h"

#include <algorithm>
#include <iterator>
#include <list>
#include <map>
#include <string>
#include <utility>

namespace webex_gateway {
namespace {

// The weight of the latest call in the mean time of a call.
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
    bool displaced = false;
  };
  using Queue = std::list<Waiter*>;

  Async<absl::Status> WaitForTurn(Call& call) {
    const int waiting = WaitingOf(call.account);
    const absl::Duration wait = ExpectedWait(waiting);
    if (status_.queued >= options_.max_queued && !IsShorterThanAnother(waiting)) co_return QueueIsFull(wait);
    if (Later(clock_.Now(), wait) >= call.deadline) {
      co_return Refused("the queue is too long for the order's deadline", wait);
    }
    if (status_.queued >= options_.max_queued) DisplaceOne();
    Waiter waiter;
    const auto place = Join(call.account, waiter);
    co_await WaitFor(waiter.woken, clock_, call.deadline, call.stop);
    if (waiter.admitted) co_return absl::OkStatus();
    if (waiter.displaced) co_return QueueIsFull(ExpectedWait(WaitingOf(call.account)));
    Leave(call.account, place);
    if (call.stop.stop_requested()) co_return SendError(SendFailure::kCancelled, "the caller left the queue");
    constexpr char kCameQueued[] = "the deadline came while the order was queued";
    if (IsHeldBack()) co_return Refused(kCameQueued, ExpectedWait(WaitingOf(call.account)));
    co_return SendError(SendFailure::kDeadline, kCameQueued);
  }

  // Calls with a slot wait for Webex's rate, so more slots would send none sooner.
  bool IsHeldBack() const { return pace_.HoldsBack(clock_.Now()); }

  absl::Status Refused(absl::string_view why, absl::Duration wait) const {
    return SendError(IsHeldBack() ? SendFailure::kRateLimited : SendFailure::kOverloaded, why, wait);
  }

  absl::Status QueueIsFull(absl::Duration wait) const {
    return Refused("as many orders are waiting as the gateway accepts", wait);
  }

  std::map<std::string, Queue>::iterator LongestQueue() {
    return std::max_element(waiting_.begin(), waiting_.end(),
                            [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); });
  }

  // Longer than another account's queue with one more call.
  bool IsShorterThanAnother(int waiting) {
    const auto longest = LongestQueue();
    return longest != waiting_.end() && waiting + 1 < static_cast<int>(longest->second.size());
  }

  // The last call of the longest queue.
  void DisplaceOne() {
    const auto longest = LongestQueue();
    const auto last = std::prev(longest->second.end());
    Waiter& waiter = **last;
    waiter.displaced = true;
    Leave(std::string(longest->first), last);
    waiter.woken.Set();
  }

  int WaitingOf(const std::string& account) const {
    const auto found = waiting_.find(account);
    return found == waiting_.end() ? 0 : static_cast<int>(found->second.size());
  }

  Queue::iterator Join(const std::string& account, Waiter& waiter) {
    Queue& queue = waiting_[account];
    if (queue.empty()) turns_.push_back(account);
    ++status_.queued;
    return queue.insert(queue.end(), &waiter);
  }

  void Leave(const std::string& account, Queue::iterator place) {
    const auto queue = waiting_.find(account);
    queue->second.erase(place);
    --status_.queued;
    if (!queue->second.empty()) return;
    waiting_.erase(queue);
    turns_.remove(account);
  }

  // The wait of one more call of an account that already has `waiting` in the queue, with its turns and the others': at
  // the mean time that calls take, and not before the pace has let them leave.
  absl::Duration ExpectedWait(int waiting) const {
    int before = 0;
    for (const auto& [account, queue] : waiting_) before += std::min(waiting + 1, static_cast<int>(queue.size()));
    const absl::Duration queue = mean_ * (static_cast<double>(before + 1) / options_.max_calls);
    return std::max(queue, absl::FromChrono(pace_.NextBehind(before) - clock_.Now()));
  }

  // The slot goes directly to the next account's next call, so no newcomer overtakes it.
  void HandOn(absl::Duration took) {
    // The pace reports the wait for Webex's rate.
    if (!IsHeldBack()) mean_ += (took - mean_) * kLatest;
    if (turns_.empty()) {
      --status_.under_way;
      return;
    }
    turns_.splice(turns_.end(), turns_, turns_.begin());
    const std::string account = turns_.back();
    Queue& queue = waiting_[account];
    Waiter& next = *queue.front();
    Leave(account, queue.begin());
    next.admitted = true;
    next.woken.Set();
  }

  const std::unique_ptr<HttpClient> next_;
  Clock& clock_;
  const Pace& pace_;
  AdmissionStatus& status_;
  const AdmissionOptions options_;
  std::map<std::string, Queue> waiting_;  // by account; none is empty
  std::list<std::string> turns_;          // these accounts, the next one first
  absl::Duration mean_;
};

}  // namespace

std::unique_ptr<HttpClient> WithAdmission(std::unique_ptr<HttpClient> next, Clock& clock, const Pace& pace,
                                          AdmissionStatus& status, AdmissionOptions options) {
  return std::make_unique<Admission>(std::move(next), clock, pace, status, options);
}

}  // namespace webex_gateway
