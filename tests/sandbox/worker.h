// One thread's share of the connections: an event loop, which closes those that have been idle for too long. Only for
// server.cc and session.cc: Asio is slow to compile.
#pragma once

#include <utility>  // Boost 1.74's awaitable.hpp uses std::exchange without it

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <optional>

#include "absl/container/flat_hash_set.h"
#include "absl/time/time.h"
#include "tests/sandbox/world.h"

namespace webex_gateway::sandbox {

struct Worker;

// A connection as the sweep sees it. Registered during its lifetime.
class Sweepable {
 public:
  explicit Sweepable(Worker& worker);
  Sweepable(const Sweepable&) = delete;
  Sweepable& operator=(const Sweepable&) = delete;

  // Closes the connection if it has been waiting for its client for more than `ticks`.
  void CloseIfSilent(uint64_t now, uint64_t ticks);

 protected:
  virtual ~Sweepable();
  virtual boost::asio::ip::tcp::socket& Socket() = 0;

  // The client must send now: from now on the connection counts as idle.
  void AwaitClient();
  // The sandbox is working: the connection is not idle.
  void Pause() { waiting_since_.reset(); }

 private:
  Worker& worker_;
  std::optional<uint64_t> waiting_since_;
};

struct Worker {
  Worker(World& shared_world, absl::Duration connection_idle_timeout)
      : world(shared_world), idle_timeout(connection_idle_timeout) {}

  World& world;
  const absl::Duration idle_timeout;
  uint64_t tick = 0;
  absl::flat_hash_set<Sweepable*> connections;
  // Last: it is destroyed first, and with it the coroutines that use the other members. One thread runs it.
  boost::asio::io_context io{1};
};

// Ticks, and closes idle connections, until the loop stops. A tick instead of a timer for each connection, since a
// timer would be reset with every request.
boost::asio::awaitable<void> Sweep(Worker& worker);

}  // namespace webex_gateway::sandbox
