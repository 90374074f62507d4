// Webex's OAuth token endpoint: the request for a refresh, and its answer.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/http/http.h"
#include "server/http/token_source.h"

namespace webex_gateway {

// The credentials that an operator provides.
struct OAuthCredentials {
  std::string client_id;
  std::string client_secret;
  std::string refresh_token;
  bool operator==(const OAuthCredentials&) const = default;
};

// The fields as application/x-www-form-urlencoded: letters, digits and "*-._" stay, a space is "+", every other byte
// %XX.
std::string FormEncode(const std::vector<std::pair<absl::string_view, absl::string_view>>& fields);

// A request for a new access token. Send it without an Authorization header.
HttpRequest RefreshRequest(const OAuthCredentials& credentials);

struct OAuthGrant {
  std::string access_token;                  // valid in a header
  std::optional<absl::Duration> expires_in;  // positive; nothing if the answer does not contain it
  std::string refresh_token;                 // to be used from now on; empty: the previous one stays valid
  std::optional<absl::Duration> refresh_token_expires_in;
};

// Why there is no grant.
struct RefreshFailure {
  // For log, readiness and callers. It quotes nothing from Webex, which might repeat a secret, except the status, the
  // error code if it is one of OAuth's, and the tracking id.
  std::string what;
  // The same credentials will not work: somebody must provide others.
  bool refused = false;
  TokenRemedy remedy = TokenRemedy::kWait;
  absl::Duration retry_after;  // the wait that Webex asks for; zero if none
};

// Reads the result of sending a RefreshRequest.
std::variant<OAuthGrant, RefreshFailure> ReadRefreshAnswer(const absl::StatusOr<HttpAnswer>& result, absl::Time now);

}  // namespace webex_gateway
