// When to refresh an access token next. Random, so that a gateway's replicas do not all refresh at once.
#pragma once

#include "absl/random/bit_gen_ref.h"
#include "absl/time/time.h"
#include "server/webex/oauth_endpoint.h"

namespace webex_gateway {

// Otherwise, with very short lives, each call that finds the token expired would cause a refresh. A token that ends
// sooner is refused by Webex, and refreshed for that reason.
inline constexpr absl::Duration kLeastLife = absl::Seconds(10);

// How long a token counts as valid if the endpoint states this life.
absl::Duration LifeOf(absl::Duration expires_in);

// How long before its end a token with the life `life` is refreshed: a tenth to a fifth of the life; one to two minutes
// if that is more; but at most a quarter to a half of the life.
absl::Duration RefreshMargin(absl::Duration life, absl::BitGenRef random);

// How long to wait after a failed refresh, the last of `failures` consecutive ones: a growing random backoff of at most
// a minute, or the wait that Webex asks for, whichever is longer. If the credentials are refused, one to two minutes:
// only a person can help.
absl::Duration WaitAfterFailure(const RefreshFailure& failure, int failures, absl::BitGenRef random);

}  // namespace webex_gateway
