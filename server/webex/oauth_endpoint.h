// OAuth's token endpoint as Webex has it: what a refresh asks, and what its answer says.
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

// What an operator gives the gateway.
struct OAuthCredentials {
  std::string client_id;
  std::string client_secret;
  std::string refresh_token;
  bool operator==(const OAuthCredentials&) const = default;
};

// The fields as application/x-www-form-urlencoded: letters, digits and "*-._" stay, a space is "+", every other byte
// %XX.
std::string FormEncode(const std::vector<std::pair<absl::string_view, absl::string_view>>& fields);

// Asks for a new access token. To be sent without an Authorization header.
HttpRequest RefreshRequest(const OAuthCredentials& credentials);

struct OAuthGrant {
  std::string access_token;                  // fit for a header
  std::optional<absl::Duration> expires_in;  // positive; nothing where the answer does not say
  std::string refresh_token;                 // to be used from now on; empty: the one before stays good
  std::optional<absl::Duration> refresh_token_expires_in;
};

// Why there is no grant.
struct RefreshFailure {
  // For log, readiness and callers. It says nothing in Webex's own words, which might repeat a secret: only the status,
  // the error code where it is one of OAuth's own, and the tracking id.
  std::string what;
  // The same credentials will not do: somebody must give others.
  bool refused = false;
  TokenRemedy remedy = TokenRemedy::kWait;
  absl::Duration retry_after;  // what Webex asks to wait; zero where it does not ask
};

// What came of sending a RefreshRequest.
std::variant<OAuthGrant, RefreshFailure> ReadRefreshAnswer(const absl::StatusOr<HttpAnswer>& result, absl::Time now);

}  // namespace webex_gateway
