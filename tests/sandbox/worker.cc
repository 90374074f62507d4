#include "tests/sandbox/worker.h"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace webex_gateway::sandbox {
namespace {

constexpr uint64_t kTicksPerTimeout = 8;

}  // namespace

Sweepable::Sweepable(Worker& worker) : worker_(worker) { worker_.connections.insert(this); }

Sweepable::~Sweepable() { worker_.connections.erase(this); }

void Sweepable::AwaitClient() { waiting_since_ = worker_.tick; }

void Sweepable::CloseIfSilent(uint64_t now, uint64_t ticks) {
  if (!waiting_since_ || now - *waiting_since_ <= ticks) return;
  boost::system::error_code ignored;
  Socket().close(ignored);
}

boost::asio::awaitable<void> Sweep(Worker& worker) {
  const auto period = absl::ToChronoMilliseconds(
      std::clamp(worker.idle_timeout / kTicksPerTimeout, absl::Milliseconds(1), absl::Minutes(1)));
  boost::asio::steady_timer timer(worker.io);
  for (;;) {
    timer.expires_after(period);
    boost::system::error_code error;
    co_await timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, error));
    if (error) co_return;
    ++worker.tick;
    for (Sweepable* connection : worker.connections) connection->CloseIfSilent(worker.tick, kTicksPerTimeout);
  }
}

}  // namespace webex_gateway::sandbox
