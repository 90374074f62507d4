// Reads the header Retry-After as servers really send it.
#pragma once

#include <optional>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/http/http.h"

namespace webex_gateway {

// Longer waits are reduced to this, for the call that met it and for all others: then Webex is tried again, whatever it
// asked for.
inline constexpr absl::Duration kLongestRetryAfter = absl::Minutes(10);

// The wait that `value` asks for, at `now`: seconds, or an HTTP date in any of the three forms of RFC 9110 (a past one
// is zero). Variants that servers send for seconds are read too: "30.5" is 31, "30 seconds" 30, and in a doubled
// header, "1, 2", the greatest counts; a value of decades is a Unix time. At most kLongestRetryAfter. Nothing if it is
// none of these; Webex has been seen sending "rand(30),add(30)".
std::optional<absl::Duration> ParseRetryAfter(absl::string_view value, absl::Time now);

// The same for an answer's header; nothing if it has none.
std::optional<absl::Duration> RetryAfterIn(const HttpAnswer& answer, absl::Time now);

}  // namespace webex_gateway
