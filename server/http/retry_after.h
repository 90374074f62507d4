// The header Retry-After, as servers really send it.
#pragma once

#include <optional>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/http/http.h"

namespace webex_gateway {

// What asks for more counts as this, for whoever met it and for all others: then Webex is asked again, whatever it
// said.
inline constexpr absl::Duration kLongestRetryAfter = absl::Minutes(10);

// The wait that `value` asks for, at `now`: seconds, or an HTTP date in any of the three forms of RFC 9110 (a past one
// is zero). What servers make of seconds can be read too: "30.5" is 31, "30 seconds" 30, and of a doubled header, "1,
// 2", the greatest counts; what would be decades is a moment in Unix time. kLongestRetryAfter at most. Nothing where it
// is none of these; Webex has been seen sending "rand(30),add(30)".
std::optional<absl::Duration> ParseRetryAfter(absl::string_view value, absl::Time now);

// The same of an answer's header; nothing where it has none.
std::optional<absl::Duration> RetryAfterIn(const HttpAnswer& answer, absl::Time now);

}  // namespace webex_gateway
