// Counts of the sandbox's requests and effects, updated by any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace webex_gateway::sandbox {

struct Stats {
  using Counter = std::atomic<uint64_t>;

  Counter connections{0};
  Counter posts_started{0};       // a POST to the workspaces path whose headers have arrived
  Counter posts_received{0};      // and whose body has arrived, too
  Counter posts_repeated{0};      // with a TrackingID that had arrived before: one attempt, delivered twice
  Counter already_associated{0};  // refused, because the user has a workspace
  Counter provisioned{0};
  Counter updated{0};
  Counter removed{0};
  Counter token_requests{0};
  Counter faults_injected{0};
  // Answers of the API, without control requests, of which at least the status line was sent.
  std::array<Counter, 1000> by_status{};

  static void Count(Counter& counter) { counter.fetch_add(1, std::memory_order_relaxed); }
  void CountStatus(int status) { Count(by_status.at(static_cast<size_t>(status))); }

  void Reset() {
    for (Counter* counter : {&connections, &posts_started, &posts_received, &posts_repeated, &already_associated,
                             &provisioned, &updated, &removed, &token_requests, &faults_injected}) {
      *counter = 0;
    }
    for (Counter& counter : by_status) counter = 0;
  }
};

}  // namespace webex_gateway::sandbox
