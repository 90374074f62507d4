#include "server/webex/refresh_schedule.h"

#include <algorithm>

#include "absl/random/distributions.h"
#include "server/base/backoff.h"

namespace webex_gateway {
namespace {

constexpr Backoff kBackoff{.first = absl::Seconds(1), .longest = absl::Minutes(1)};

}  // namespace

absl::Duration LifeOf(absl::Duration expires_in) { return std::max(expires_in, kLeastLife); }

absl::Duration RefreshMargin(absl::Duration life, absl::BitGenRef random) {
  const absl::Duration least = std::max(life / 10, std::min(absl::Duration(absl::Minutes(1)), life / 4));
  return least * absl::Uniform(random, 1.0, 2.0);
}

absl::Duration WaitAfterFailure(const RefreshFailure& failure, int failures, absl::BitGenRef random) {
  if (failure.refused) return absl::Minutes(1) * absl::Uniform(random, 1.0, 2.0);
  return std::max(kBackoff.After(failures, random), failure.retry_after);
}

}  // namespace webex_gateway
