// Decides what a ledger may delete, and when: only by a clock that has been plausible for hours. A clock that is far
// ahead after a start (a dead clock chip, a machine restored from a copy) would otherwise delete everything at once,
// and deleted orders would be sent again.
#pragma once

#include <optional>

#include "absl/time/time.h"
#include "server/base/clock.h"

namespace webex_gateway {

// For one thread at a time.
class Retention {
 public:
  explicit Retention(absl::Duration retention) : retention_(retention) {}

  // Checks the store's clock, which shows `wall` at the steady time `now`. Operations that ended before the returned
  // time may be deleted; nothing: none may, since the clock was first checked, or has jumped, within the last 3 h.
  std::optional<absl::Time> ForgetBefore(Clock::Time now, absl::Time wall);

 private:
  struct Look {
    Clock::Time now;
    absl::Time wall;
  };

  const absl::Duration retention_;
  std::optional<Look> last_;
  Clock::Time plausible_since_;
};

}  // namespace webex_gateway
