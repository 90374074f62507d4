#include "server/rpc/answer_hold.h"

#include <utility>

namespace webex_gateway {
namespace {

// A caller that has its answer and has more to order calls again within that, on its way here included.
constexpr absl::Duration kLull = absl::Milliseconds(250);
// For answers to leave, and to be on their way.
constexpr absl::Duration kToLeave = absl::Milliseconds(500);

}  // namespace

void AnswerHold::Begin(absl::Duration at_most, std::function<void()> lull) {
  holds_ = true;
  until_ = Later(clock_.Now(), at_most + kToLeave);
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

Async<void> AnswerHold::Wait() {
  Event ended;
  waiting_.push_back(&ended);
  co_await ended.Wait();
}

}  // namespace webex_gateway
