// What operators care for most: that orders are applied. While they are not, whatever the reason, this says so, also
// where each of the other checks passes (a base URL with a wrong path, say).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/reading.h"
#include "server/rpc/rpc_observer.h"

namespace webex_gateway {

// A row of orders that were answered, and none of which was applied.
struct NoneApplied {
  int64_t orders = 0;
  absl::Time since;    // of the first of them
  std::string reason;  // of the last one: a row of the error tables in proto/README.md

  // "none of the last 97 orders was applied: WEBEX_NOT_FOUND"
  std::string Words() const;
};

// For the loop's thread, but for construction.
class AppliedWatch : public RpcObserver {
 public:
  // So few may have faults of their own.
  static constexpr int64_t kOrdersToWarn = 10;

  explicit AppliedWatch(const Clock& clock) : clock_(clock) {}

  // Counts each order that was answered, but those whose answer is about an earlier order: one that the ledger
  // answered, and one that waits for another, or is refused since an earlier one is unknown. A validation is no order.
  void OnAnswered(const RpcReport& report) override;

  // Nothing until there are kOrdersToWarn of them.
  std::optional<NoneApplied> warning() const;

  // How many were answered since the last one that was applied.
  int64_t since_applied() const { return row_.orders; }

 private:
  const Clock& clock_;
  NoneApplied row_;
};

Readings ReadingsOf(const AppliedWatch& watch);

}  // namespace webex_gateway
