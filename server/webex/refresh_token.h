// The refresh token in use: the operator's, or the one that Webex has put in its place since.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "server/base/async.h"
#include "server/base/clock.h"
#include "server/webex/oauth_state.h"

namespace webex_gateway {

// Puts `content` where it survives a restart, in one piece or not at all, without blocking. Calls `done` once, later,
// on the loop.
using SaveState = std::function<void(std::string content, std::function<void(absl::Status)> done)>;

// For the loop's thread only, but for construction.
class RefreshToken {
 public:
  // `saved`: what the gateway saved when it ran before. An empty `save`: new tokens are kept in memory alone.
  RefreshToken(Clock& clock, std::optional<OAuthState> saved, SaveState save)
      : clock_(clock), saved_(std::move(saved)), save_(std::move(save)), state_(saved_.value_or(OAuthState())) {}

  // The one to use while the operator's file holds `given`. Content that is new since then counts, and what Webex gave
  // for the one before does not.
  std::string InUse(const std::string& given);

  // Webex gives `token` in place of the one in use.
  void Replace(const std::string& token) { state_.refresh_token = token; }

  // Saves what has changed, if anything has. Ends after five seconds at the latest: a disk that hangs counts as one
  // that fails. What could not be saved is due again a minute later.
  Async<void> Save();
  bool save_due() const { return !saved().ok() && save_ && clock_.Now() >= save_at_; }

  // OK where a restart would go on with the token in use; else what is wrong.
  absl::Status saved() const;

 private:
  bool HasChanged() const;

  Clock& clock_;
  std::optional<OAuthState> saved_;
  const SaveState save_;
  OAuthState state_;
  absl::Status last_save_;
  Clock::Time save_at_{};
};

}  // namespace webex_gateway
