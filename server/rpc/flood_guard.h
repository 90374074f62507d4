// A CallerWatch and the thread that has it look, a few dozen times a second while there are connections: loosely, since
// honest callers may have megabytes of messages unfinished, and strictly once the process has grown, and more often
// from half of that on. Memory that the process has no more use for goes back to the system after a flood, and after it
// has grown.
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
    CallerWatch::Patience if_grown;  // while
    int64_t growth = 0;              // so many bytes more are resident than when the guard was made
    int aborted = 0;                 // RPCs that come to nothing, of one connection
    int64_t pings = 0;               // bytes, in each such time, of a connection without an RPC
    absl::Duration pings_every = absl::InfiniteDuration();
  };

  // Of connections that were ended since it was told last; at most once a minute, on a thread of its own.
  using Tell = std::function<void(int connections)>;

  FloodGuard(Bounds bounds, Tell tell);
  FloodGuard(const FloodGuard&) = delete;
  FloodGuard& operator=(const FloodGuard&) = delete;
  ~FloodGuard();

  // As CallerWatch's, all from any thread.
  void Add(int descriptor);
  void AccountFor(const std::string& peer, int64_t bytes) { watch_.AccountFor(peer, bytes); }
  void CountAborted(const std::string& peer) { watch_.CountAborted(peer); }
  void Condemn(const std::string& peer) { watch_.Condemn(peer); }
  void Begin(const std::string& peer) { watch_.Begin(peer); }
  void End(const std::string& peer) { watch_.End(peer); }
  bool EndLongestIdle();

  // Connections that were ended, so far.
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
