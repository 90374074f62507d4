// Lets a server end while callers are busy. gRPC 1.51 cancels, without a word of ours, each RPC that arrives between
// its shutdown's beginning and its caller's hearing of it. So before that answers are held back until all callers wait
// for one, and nothing is on its way. They leave when the shutdown has begun: behind the news of it, so that whoever
// calls again does so elsewhere.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <set>

#include "server/base/async.h"
#include "server/base/clock.h"

namespace webex_gateway {

// For the loop's thread, but for OnArrival.
class AnswerHold {
 public:
  explicit AnswerHold(Clock& clock) : clock_(clock), last_arrival_(clock.Now()) {}

  // From now on answers are held back. Calls `lull` once no RPC has arrived for a while, at once where that was so
  // before.
  void Begin(std::function<void()> lull);
  // Every answer leaves, now and from now on.
  void End();

  // Of any RPC, one that is refused included: its caller is busy. Any thread.
  void OnArrival() { last_arrival_ = clock_.Now(); }

  // Whether an answer is to Wait.
  bool holds() const { return holds_; }
  // Returns at End, or just before the answer would come too late for its deadline.
  Async<void> Wait(Clock::Time deadline);

 private:
  void AwaitLull();

  Clock& clock_;
  std::atomic<Clock::Time> last_arrival_;
  bool holds_ = false;
  std::function<void()> lull_;
  std::unique_ptr<Timer> timer_;
  std::set<Event*> waiting_;
};

}  // namespace webex_gateway
