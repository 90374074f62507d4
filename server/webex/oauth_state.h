// What the gateway must remember of OAuth over a restart, and its form in the state file.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"

namespace webex_gateway {

// Webex may answer a refresh with a new refresh token, which replaces the one that the operator has given.
struct OAuthState {
  // Of the operator's refresh token from which it all descends: another content of the operator's file is news. A hash,
  // so that the file holds no secret that it need not hold.
  std::string given_sha256;
  std::string refresh_token;  // that replaces the given one; empty while the given one is still the one in use
  bool operator==(const OAuthState&) const = default;
};

// As one line of JSON.
std::string WriteOAuthState(const OAuthState& state);
// An error where `content` is nothing that WriteOAuthState wrote; it does not quote it.
absl::StatusOr<OAuthState> ReadOAuthState(const std::string& content);

// The state in the file at `path`; nothing where there is no such file. An error says how to go on without it.
absl::StatusOr<std::optional<OAuthState>> LoadOAuthState(const std::string& path);

}  // namespace webex_gateway
