#include "server/rpc/answer_hold.h"

#include <utility>

namespace webex_gateway {
namespace {

// A caller that has its answer and more to order calls again within this time, including the way here.
constexpr absl::Duration kLull = absl::Milliseconds(250);
// Time for an answer to be sent.
constexpr absl::Duration kToLeave = absl::Milliseconds(100);

}  // namespace

void AnswerHold::Begin(std::function<void()> lull) {
  holds_ = true;
  lull_ = std::move(lull);
  AwaitLull();
}

void AnswerHold::AwaitLull() {
  const Clock::Time lull_at = Later(last_arrival_, kLull);
  if (clock_.Now() >= lull_at) return lull_();
  timer_ = clock_.At(lull_at, [this] { AwaitLull(); });
}

void AnswerHold::End() {
  holds_ = false;
  timer_.reset();
  for (Event* each : std::exchange(waiting_, {})) each->Set();
}

Async<void> AnswerHold::Wait(Clock::Time deadline) {
  Event ended;
  waiting_.insert(&ended);
  co_await WaitFor(ended, clock_, Later(deadline, -kToLeave), std::stop_token());
  waiting_.erase(&ended);
}

}  // namespace webex_gateway
