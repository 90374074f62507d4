#include "server/ledger/retention.h"

namespace webex_gateway {
namespace {

constexpr absl::Duration kPlausibleAfter = absl::Hours(3);
// More than a clock is normally corrected by, or than reading it takes.
constexpr absl::Duration kJump = absl::Minutes(1);

}  // namespace

std::optional<absl::Time> Retention::ForgetBefore(Clock::Time now, absl::Time wall) {
  const bool is_first = !last_;
  const Look last = last_.value_or(Look{now, wall});
  last_ = Look{now, wall};
  const absl::Duration jump = wall - last.wall - absl::FromChrono(now - last.now);
  if (is_first || absl::AbsDuration(jump) > kJump) plausible_since_ = now;
  if (now < Later(plausible_since_, kPlausibleAfter)) return std::nullopt;
  return wall - retention_;
}

}  // namespace webex_gateway
