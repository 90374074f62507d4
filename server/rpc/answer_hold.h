// Lets a server end while callers are busy. gRPC 1.51 cancels, without our status, each RPC that arrives between the
// beginning of its shutdown and the moment when its caller learns of it. So answers are held back first, until all
// callers wait for one and no call is on its way. They leave when the shutdown has begun, after the GOAWAY, so that
// callers make their next call elsewhere.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <set>

#include "server/base/async.h"
#include "server/base/clock.h"

namespace webex_gateway {

// For the loop's thread, except OnArrival.
class AnswerHold {
 public:
  explicit AnswerHold(Clock& clock) : clock_(clock), last_arrival_(clock.Now()) {}

  // From now on answers are held back. Calls `lull` once no RPC has arrived for a while; at once if that is already so.
  void Begin(std::function<void()> lull);
  // Releases every answer, now and from now on.
  void End();

  // Call it for any RPC, even a refused one: its caller is busy. Any thread.
  void OnArrival() { last_arrival_ = clock_.Now(); }

  // Whether an answer must Wait.
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
