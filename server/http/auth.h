// Auth: the credentials, fresh for each attempt.
#pragma once

#include <memory>

#include "server/http/http.h"
#include "server/http/token_guard.h"
#include "server/http/token_source.h"

namespace webex_gateway {

// Whether an answer reports the token as invalid. Webex's layer knows the forms other than a plain 401.
using RefusesToken = bool (*)(const HttpAnswer& answer);

// Adds `Authorization: Bearer`. Innermost, so that only the wire sees the token. Without a token nothing is sent: the
// error is the source's. Reports Webex's verdict on the token to `guard`.
std::unique_ptr<HttpClient> WithAuth(HttpClient& wire, TokenSource& tokens, TokenGuard& guard, RefusesToken refuses);

}  // namespace webex_gateway
