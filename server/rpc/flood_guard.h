// A CallerWatch and the thread that makes it look, a few dozen times a second while there are connections: with high
// limits, since honest callers may have megabytes of unfinished messages, with low limits once the process has grown,
// and more often from half of that growth on. Unused memory goes back to the system after a flood, and after growth.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "absl/time/time.h"
#include "server/rpc/caller_watch.h"

namespace webex_gateway {

class FloodGuard {
 public:
  struct Bounds {
    CallerWatch::Patience patience;
    CallerWatch::Patience if_grown;  // while the process has grown by
    int64_t growth = 0;              // this many bytes more are resident than when the guard was created
    int aborted = 0;                 // aborted RPCs on one connection
    int64_t pings = 0;               // bytes in each period on a connection without an RPC
    absl::Duration pings_every = absl::InfiniteDuration();
  };

  // Reports the connections that were ended since the last report; at most once a minute, on the guard's own thread.
  using Tell = std::function<void(int connections)>;

  FloodGuard(Bounds bounds, Tell tell);
  FloodGuard(const FloodGuard&) = delete;
  FloodGuard& operator=(const FloodGuard&) = delete;
  ~FloodGuard();

  // As in CallerWatch; all may be called from any thread.
  void Add(int descriptor);
  void AccountFor(const std::string& peer, int64_t bytes) { watch_.AccountFor(peer, bytes); }
  void CountAborted(const std::string& peer) { watch_.CountAborted(peer); }
  void Condemn(const std::string& peer) { watch_.Condemn(peer); }
  void Begin(const std::string& peer) { watch_.Begin(peer); }
  void End(const std::string& peer) { watch_.End(peer); }
  bool EndLongestIdle();

  // The number of connections ended so far.
  int64_t ended() const { return ended_; }

 private:
  void Run();
  int64_t Growth() const;

  const Bounds bounds_;
  const int64_t resident_at_first_;
  const Tell tell_;
  CallerWatch watch_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stop_ = false;
  std::atomic<int64_t> ended_{0};
  std::thread thread_;
};

}  // namespace webex_gateway
