// When an access token is refreshed next. Random, so that the replicas of a gateway do not all refresh at once.
#pragma once

#include "absl/random/bit_gen_ref.h"
#include "absl/time/time.h"
#include "server/webex/oauth_endpoint.h"

namespace webex_gateway {

// An endpoint that gives hardly any life would otherwise be asked again by each call that finds the token expired. One
// that is over sooner is refused by Webex, and refreshed for that reason.
inline constexpr absl::Duration kLeastLife = absl::Seconds(10);

// How long a token counts as valid of which the endpoint says so much.
absl::Duration LifeOf(absl::Duration expires_in);

// How long before its end a token that lives for `life` is refreshed: a tenth to a fifth of it, but one to two minutes
// where that is more, but a quarter to a half of it where that is less.
absl::Duration RefreshMargin(absl::Duration life, absl::BitGenRef random);

// How long to wait after the refresh that failed last, `failures` of them in a row: a growing random backoff of a
// minute at most, or what Webex asks for, whichever is longer. Where the credentials are refused,
// one to two minutes: only a person can help.
absl::Duration WaitAfterFailure(const RefreshFailure& failure, int failures, absl::BitGenRef random);

}  // namespace webex_gateway
