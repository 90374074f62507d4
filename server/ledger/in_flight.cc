#include "server/ledger/in_flight.h"

namespace webex_gateway {

void InFlight::End(const std::string& request_id) {
  const auto ended = waiting_.extract(request_id);
  if (ended.empty()) return;
  for (const std::shared_ptr<Event>& event : ended.mapped()) event->Set();
}

Async<void> InFlight::AwaitEnd(Clock& clock, std::string request_id, Clock::Time until, std::stop_token stop) {
  const auto under_way = waiting_.find(request_id);
  if (under_way == waiting_.end()) co_return;
  const auto woken = std::make_shared<Event>();
  under_way->second.push_back(woken);
  const auto wake = [woken] { woken->Set(); };
  const auto timer = clock.At(until, wake);
  const std::stop_callback on_stop(stop, wake);
  co_await woken->Wait();
  if (const auto still = waiting_.find(request_id); still != waiting_.end()) std::erase(still->second, woken);
}

}  // namespace webex_gateway
