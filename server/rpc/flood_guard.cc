#include "server/rpc/flood_guard.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "server/base/process.h"

namespace webex_gateway {
namespace {

using std::chrono::steady_clock;

// Over loopback a flood brings a gigabyte per second.
constexpr std::chrono::milliseconds kPause(20);
constexpr std::chrono::milliseconds kPauseIfGrowing(2);
// With thousands of connections a look takes milliseconds; a tenth of one core is enough for them.
constexpr int kShare = 9;
// gRPC may already have read so much that it processes it for some more seconds.
constexpr std::chrono::seconds kTrimEvery(1);
constexpr std::chrono::seconds kAftermath(4);
constexpr std::chrono::seconds kTrimIfGrownEvery(30);
constexpr std::chrono::minutes kTellEvery(1);

}  // namespace

FloodGuard::FloodGuard(Bounds bounds, Tell tell)
    : bounds_(bounds),
      resident_at_first_(ResidentBytes()),
      tell_(std::move(tell)),
      watch_(CreateKernelSockets(), bounds.aborted),
      thread_([this] { Run(); }) {}

FloodGuard::~FloodGuard() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void FloodGuard::Add(int descriptor) {
  const std::lock_guard lock(mutex_);
  watch_.Add(descriptor);
  changed_.notify_all();
}

bool FloodGuard::EndLongestIdle() {
  const std::lock_guard lock(mutex_);
  return watch_.EndLongestIdle();
}

int64_t FloodGuard::Growth() const { return ResidentBytes() - resident_at_first_; }

void FloodGuard::Run() {
  int64_t told = 0;
  auto tell_at = steady_clock::now();
  auto trim_at = steady_clock::time_point::max();
  auto trim_until = steady_clock::time_point::min();
  const auto pings_every = absl::ToChronoNanoseconds(bounds_.pings_every);
  auto pings_since = steady_clock::now();
  std::unique_lock lock(mutex_);
  while (!stop_) {
    const auto begun = steady_clock::now();
    const int64_t growth = Growth();
    const bool grown = growth > bounds_.growth;
    int ended = watch_.Look(grown ? bounds_.if_grown : bounds_.patience);
    if (begun - pings_since > pings_every) {
      ended += watch_.EndPingers(bounds_.pings);
      pings_since = begun;
    }
    if (ended > 0) {
      ended_ += ended;
      trim_at = std::min(trim_at, begun + kTrimEvery);
      trim_until = begun + kAftermath;
    } else if (grown) {
      trim_at = std::min(trim_at, begun + kTrimIfGrownEvery);
    }
    const auto took = steady_clock::now() - begun;
    lock.unlock();
    if (ended_ > told && begun >= tell_at) {
      tell_(static_cast<int>(ended_ - std::exchange(told, ended_)));
      tell_at = begun + kTellEvery;
    }
    if (begun >= trim_at) {
      malloc_trim(0);  // otherwise the process would keep the memory that the flood made it allocate
      trim_at = begun < trim_until ? begun + kTrimEvery : steady_clock::time_point::max();
    }
    lock.lock();
    const bool rest = watch_.empty() && trim_at == steady_clock::time_point::max();
    if (rest) changed_.wait(lock, [this] { return stop_ || !watch_.empty(); });
    changed_.wait_for(
        lock, std::max<steady_clock::duration>(growth > bounds_.growth / 2 ? kPauseIfGrowing : kPause, kShare * took),
        [this] { return stop_; });
  }
}

}  // namespace webex_gateway
