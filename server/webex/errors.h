// From what Webex answered, or did not, to the gateway's error. Together with orders/ this is proto/README.md's error
// table; here stand its rows about Webex.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/http/http.h"

namespace webex_gateway {

// Webex says that the user has a workspace, or is a person's, already.
inline constexpr char kAlreadyExistsReason[] = "WEBEX_ALREADY_EXISTS";

// The outcome of each error is that of all of the call's attempts (Call::maybe_acted).

// The error for an answer that is no success: any status but 200-299.
// `method` is the HTTP method: after a POST a conflict means that what was ordered exists.
absl::Status ErrorOfAnswer(const HttpAnswer& answer, absl::string_view method, const Call& call, absl::Time now);

// The error for a 2xx whose workspace cannot be read, or is not the order's: one may exist. `why` goes on after "its
// answer". `workspace_id` is the one in the answer, empty where there is none: most likely it is what was ordered, so
// whoever looks for that should know it.
absl::Status UnreadableAnswer(const HttpAnswer& answer, const Call& call, absl::string_view why,
                              absl::string_view workspace_id = "");

// The error for no answer; `failed` comes from HttpClient::Send.
absl::Status ErrorOfSend(const absl::Status& failed, const Call& call);

// The answer refuses the access token: 401, or a 400 that says so.
bool RefusesAccessToken(const HttpAnswer& answer);

// Webex's name for the exchange: the body's `trackingId`, else the header's, the first where a proxy doubled it; else
// empty. Of a success the header's comes first.
std::string TrackingIdOf(const HttpAnswer& answer);

}  // namespace webex_gateway
