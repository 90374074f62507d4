// What a ledger may forget, and when: by a clock only that has shown for hours that it is plausible. A clock that is
// far ahead for one start (a dead clock chip, a machine brought back from a copy) would have all forgotten at once, and
// what is forgotten would be sent again.
#pragma once

#include <optional>

#include "absl/time/time.h"
#include "server/base/clock.h"

namespace webex_gateway {

// For one thread at a time.
class Retention {
 public:
  explicit Retention(absl::Duration retention) : retention_(retention) {}

  // Looks at the store's clock, which says `wall`, at the steady time `now`. What ended before the time that it gives
  // may be forgotten; nothing: nothing may, as the clock was looked at for the first time, or has jumped, within the
  // last 3 h.
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
