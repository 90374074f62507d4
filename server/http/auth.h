// Auth: the credentials, fresh for each attempt.
#pragma once

#include <memory>

#include "server/http/http.h"
#include "server/http/token_guard.h"
#include "server/http/token_source.h"

namespace webex_gateway {

// Whether an answer says that the token is not valid. Where Webex does not say so by a plain 401, its own layer knows.
using RefusesToken = bool (*)(const HttpAnswer& answer);

// Adds `Authorization: Bearer`. Innermost, so that nothing but the wire sees the token. Without one nothing is sent:
// the error is the source's. Tells `guard` what Webex says of the token.
std::unique_ptr<HttpClient> WithAuth(HttpClient& wire, TokenSource& tokens, TokenGuard& guard, RefusesToken refuses);

}  // namespace webex_gateway
