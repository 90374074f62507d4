#include "tests/bench/steady_load.h"

#include <algorithm>
#include <chrono>
#include <vector>

namespace webex_gateway {

using SteadyClock = Load::Clock;

namespace {

// An order whose answer has not come by then is given up: something hangs.
constexpr std::chrono::minutes kPatience{2};

void Cancel(std::vector<Load::Order>& orders) {
  for (Load::Order& order : orders) {
    if (order.context != nullptr) order.context->TryCancel();
  }
}

}  // namespace

Tally Run(const SteadyLoad& steady, Load& load) {
  Tally tally;
  int ordered = 0;
  const auto begun = SteadyClock::now();
  const auto end = begun + absl::ToChronoNanoseconds(steady.duration);
  const auto due = [&] {
    return steady.rate > 0 ? begun + absl::ToChronoNanoseconds(absl::Seconds(ordered / steady.rate)) : begun;
  };
  std::vector<Load::Order> orders(static_cast<size_t>(steady.in_flight));
  std::vector<Load::Order*> idle;
  for (Load::Order& order : orders) idle.push_back(&order);
  for (auto now = begun; now < end || idle.size() < orders.size(); now = SteadyClock::now()) {
    while (now < end && !idle.empty() && due() <= now) {
      load.Begin(*idle.back());
      ++ordered;
      idle.pop_back();
    }
    Load::Order* const ended = load.Await(now < end && !idle.empty() ? std::min(due(), end) : end + kPatience);
    if (ended == nullptr) {
      if (now > end + kPatience) Cancel(orders);
      continue;
    }
    tally.milliseconds.push_back(std::chrono::duration<double, std::milli>(SteadyClock::now() - ended->begun).count());
    ++tally.endings[EndingOf(ended->status)];
    idle.push_back(ended);
  }
  tally.seconds = std::chrono::duration<double>(SteadyClock::now() - begun).count();
  return tally;
}

}  // namespace webex_gateway
