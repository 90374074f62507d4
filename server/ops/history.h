// What happened of late, for the page that people look at: opened in the night, it shows the evening too.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/rpc/rpc_observer.h"

namespace webex_gateway {

// What ended within one stretch of time. Durations are zero where there was nothing to measure.
struct HistoryPoint {
  // Orders answered; those that only were validated are none.
  int64_t applied = 0;
  int64_t not_applied = 0;
  int64_t unknown = 0;
  // How long those of them took that were sent: half of them no longer than `median`, 19 of 20 no longer than `p95`,
  // both to about a fifth, the longest exactly.
  absl::Duration median;
  absl::Duration p95;
  absl::Duration longest;
  // Of the ledger.
  int64_t commits = 0;
  int64_t failed_commits = 0;
  absl::Duration slowest_commit;
};

// Bounded, whatever comes. For the loop's thread, but for construction.
class History : public RpcObserver {
 public:
  static constexpr absl::Duration kStretch = absl::Seconds(10);
  static constexpr int kPoints = 90;

  explicit History(const Clock& clock) : clock_(clock), began_(clock.Now()) {}

  void OnAnswered(const RpcReport& report) override;
  void OnCommit(bool ok, absl::Duration took);

  // The last quarter of an hour, the oldest first. The last point's stretch is not over.
  std::vector<HistoryPoint> Points() const;

 private:
  // Sent orders by how long they took, in steps of a fifth: a bin ends at 2 to the power of a quarter of its number, in
  // milliseconds.
  using Bins = std::array<uint32_t, 72>;

  struct Slot {
    int64_t number = -1;  // of the stretch since `began_`
    HistoryPoint point;
    Bins bins{};
  };

  int64_t Number() const { return absl::FromChrono(clock_.Now() - began_) / kStretch; }
  Slot& Present();
  static absl::Duration Quantile(const Slot& slot, double part);

  const Clock& clock_;
  const Clock::Time began_;
  std::array<Slot, kPoints> slots_;  // a ring
};

}  // namespace webex_gateway
