// What happened of late, for the page that people look at: opened in the night, it shows the evening too.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/ops/fate.h"
#include "server/rpc/rpc_observer.h"

namespace webex_gateway {

// What ended within one stretch of time. Durations are zero where there was nothing to measure.
struct HistoryPoint {
  // Orders answered; those that only were validated are none, and one that is refused since an earlier one is unknown
  // is no second unknown one.
  int64_t applied = 0;
  int64_t not_applied = 0;  // or unchanged: nothing was sent, of whatever came before
  int64_t unknown = 0;      // when they were answered: some are known a moment later
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

// Webex has refused what the token's owner may do (of the token itself http/token_guard.h knows). Or the gateway has
// refused Webex, or what stands before it, for its certificate.
struct Refusal {
  absl::Time since;    // no order has been let through from then on
  absl::Time last;     // when it was refused last
  std::string reason;  // of the last one: WEBEX_FORBIDDEN or WEBEX_TLS_FAILED
  std::string detail;  // of WEBEX_TLS_FAILED, for people: which certificate, and why; else empty
};

// So many orders were answered so, without having been applied.
struct ReasonCount {
  std::string outcome;
  std::string reason;  // a row of the error tables in proto/README.md
  int64_t orders = 0;
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

  // Why orders were not applied in that time, the most frequent first.
  std::vector<ReasonCount> Reasons() const;

  // Nothing where Webex let the last order through, be it only to find fault with it. A failing Webex tells neither.
  const std::optional<Refusal>& refusal() const { return refusal_; }

 private:
  // Sent orders by how long they took, in steps of a fifth: a bin ends at 2 to the power of a quarter of its number, in
  // milliseconds.
  using Bins = std::array<uint32_t, 72>;

  struct Slot {
    int64_t number = -1;  // of the stretch since `began_`
    HistoryPoint point;
    Bins bins{};
    std::map<std::pair<std::string, std::string>, int64_t> reasons = {};  // by outcome and reason, of closed sets
  };

  int64_t Number() const { return absl::FromChrono(clock_.Now() - began_) / kStretch; }
  Slot& Present();
  void NoteRefusal(const Fate& fate, const absl::Status& status);
  static absl::Duration Quantile(const Slot& slot, double part);

  const Clock& clock_;
  const Clock::Time began_;
  std::array<Slot, kPoints> slots_;  // a ring
  std::optional<Refusal> refusal_;
};

}  // namespace webex_gateway
