// Recent events, for the page for people.
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

// What ended within one period. Durations are zero if there was nothing to measure.
struct HistoryPoint {
  // Orders answered; validations do not count, and an order that is refused because an earlier one is unknown does not
  // count as unknown again.
  int64_t applied = 0;
  int64_t not_applied = 0;  // or unchanged: this call had no effect
  int64_t unknown = 0;      // at the time of the answer: some are known a moment later
  // How long orders that were sent took: half of them at most `median`, 19 of 20 at most `p95`, both accurate to about
  // a fifth; `longest` is exact.
  absl::Duration median;
  absl::Duration p95;
  absl::Duration longest;
  // Of the ledger.
  int64_t commits = 0;
  int64_t failed_commits = 0;
  absl::Duration slowest_commit;
};

// Webex has refused the token's owner the permission (http/token_guard.h handles the token itself). Or the gateway has
// refused the certificate of Webex, or of a proxy before it.
struct Refusal {
  absl::Time since;    // no order has got through since then
  absl::Time last;     // when an order was last refused
  std::string reason;  // of the last one: WEBEX_FORBIDDEN or WEBEX_TLS_FAILED
  std::string detail;  // of WEBEX_TLS_FAILED, for people: which certificate, and why; otherwise empty
};

// The number of orders answered with this reason, without having been applied.
struct ReasonCount {
  std::string outcome;
  std::string reason;  // from the error tables in proto/README.md
  int64_t orders = 0;
};

// Bounded in any case. For the loop's thread, except construction.
class History : public RpcObserver {
 public:
  static constexpr absl::Duration kStretch = absl::Seconds(10);
  static constexpr int kPoints = 90;

  explicit History(const Clock& clock) : clock_(clock), began_(clock.Now()) {}

  void OnAnswered(const RpcReport& report) override;
  void OnCommit(bool ok, absl::Duration took);

  // The last quarter of an hour, the oldest first. The last point's period is not over.
  std::vector<HistoryPoint> Points() const;

  // Why orders were not applied in that time, the most frequent first.
  std::vector<ReasonCount> Reasons() const;

  // Nothing if Webex let the last order through, even if it then found a fault in it. A failing Webex shows neither.
  const std::optional<Refusal>& refusal() const { return refusal_; }

 private:
  // Sent orders by duration, in steps of a fifth: a bin ends at 2 to the power of a quarter of its number, in
  // milliseconds.
  using Bins = std::array<uint32_t, 72>;

  struct Slot {
    int64_t number = -1;  // of the period since `began_`
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
