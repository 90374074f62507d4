// What matters most to operators: that orders are applied. While they are not, for any reason, this warns, even if
// every other check passes (with a wrong path in the base URL, for example).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/reading.h"
#include "server/rpc/rpc_observer.h"

namespace webex_gateway {

// A series of orders that were answered, none of which was applied.
struct NoneApplied {
  int64_t orders = 0;
  absl::Time since;    // of the first of them
  std::string reason;  // of the last one: from the error tables in proto/README.md

  // "none of the last 97 orders was applied: WEBEX_NOT_FOUND"
  std::string Words() const;
};

// For the loop's thread, except construction.
class AppliedWatch : public RpcObserver {
 public:
  // So few may be the orders' own faults.
  static constexpr int64_t kOrdersToWarn = 10;

  explicit AppliedWatch(const Clock& clock) : clock_(clock) {}

  // Counts each order that was answered, except those whose answer is about an earlier order: those answered by the
  // ledger, those that wait for another, and those refused because an earlier one is unknown. A validation is not an
  // order.
  void OnAnswered(const RpcReport& report) override;

  // Nothing until there are kOrdersToWarn of them.
  std::optional<NoneApplied> warning() const;

  // How many orders were answered since the last one that was applied.
  int64_t since_applied() const { return row_.orders; }

 private:
  const Clock& clock_;
  NoneApplied row_;
};

Readings ReadingsOf(const AppliedWatch& watch);

}  // namespace webex_gateway
