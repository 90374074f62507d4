// What the gateway must remember about OAuth across a restart, and its form in the state file.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"

namespace webex_gateway {

// Webex may answer a refresh with a new refresh token, which replaces the one that the operator provided.
struct OAuthState {
  // A hash of the operator's refresh token from which the current one derives: it shows when the operator's file has
  // new content. Only a hash, so that the file contains no unnecessary secret.
  std::string given_sha256;
  std::string refresh_token;  // that replaces the operator's; empty while the operator's is still in use
  bool operator==(const OAuthState&) const = default;
};

// As one line of JSON.
std::string WriteOAuthState(const OAuthState& state);
// An error if `content` was not written by WriteOAuthState; it does not quote the content.
absl::StatusOr<OAuthState> ReadOAuthState(const std::string& content);

// The state in the file at `path`; nothing if there is no such file. An error says how to continue without it.
absl::StatusOr<std::optional<OAuthState>> LoadOAuthState(const std::string& path);

}  // namespace webex_gateway
