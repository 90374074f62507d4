// Access tokens and the refresh that issues them, as at Webex's /v1/access_token.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/sandbox/dice.h"
#include "tests/sandbox/http_message.h"
#include "tests/sandbox/settings.h"

namespace webex_gateway::sandbox {

// The fields of an application/x-www-form-urlencoded body; of equal names, the last counts.
std::map<std::string, std::string> ParseForm(absl::string_view body);

// Any thread may call any of these.
class Tokens {
 public:
  explicit Tokens(const std::string& refresh_token) : refresh_token_(refresh_token) {}

  // Whether an Authorization header is valid: with the settings' token, or one issued here that has not expired.
  bool Admits(absl::string_view authorization, const Settings& settings, absl::Time now) const;

  // Answers a refresh: 200 with a new access token, or the OAuth error (400; 401 for a wrong client).
  Answer Refresh(const Request& request, const Settings& settings, Dice& dice, absl::Time now);

  // Invalidates every token issued so far.
  void Revoke();
  // Revokes all tokens, and restores the first refresh token.
  void Reset(const std::string& refresh_token);

 private:
  mutable std::mutex mutex_;  // guards the members below
  absl::flat_hash_map<std::string, absl::Time> expiry_by_token_;
  std::string refresh_token_;
};

}  // namespace webex_gateway::sandbox
