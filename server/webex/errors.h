// Converts Webex's answer, or its absence, to the gateway's error. Together with orders/ this implements the error
// tables of proto/README.md; this file has the rows about Webex.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/http/http.h"

namespace webex_gateway {

// Webex reports that the user already has a workspace, or is a person's.
inline constexpr char kAlreadyExistsReason[] = "WEBEX_ALREADY_EXISTS";

// Each error's outcome covers all of the call's attempts (Call::maybe_acted).

// The error for an unsuccessful answer: any status except 200-299. `method` is the HTTP method: after a POST a conflict
// means that what was ordered exists.
absl::Status ErrorOfAnswer(const HttpAnswer& answer, absl::string_view method, const Call& call, absl::Time now);

// The error for a 2xx whose workspace cannot be read, or is not the order's: one may exist. `why` continues the
// sentence "its answer ...". `workspace_id` is the one in the answer, empty if there is none: most likely it is the
// order's, so people who look for that should know it.
absl::Status UnreadableAnswer(const HttpAnswer& answer, const Call& call, absl::string_view why,
                              absl::string_view workspace_id = "");

// The error for no answer; `failed` comes from HttpClient::Send.
absl::Status ErrorOfSend(const absl::Status& failed, const Call& call);

// Whether the answer refuses the access token: 401, or a 400 that says so.
bool RefusesAccessToken(const HttpAnswer& answer);

// Webex's id for the exchange: the body's `trackingId`, otherwise the header's (the first, if a proxy doubled it),
// otherwise empty. For a success the header's comes first.
std::string TrackingIdOf(const HttpAnswer& answer);

}  // namespace webex_gateway
