// The refresh token in use: the operator's, or the one with which Webex has replaced it.
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

// Stores `content` so that it survives a restart, completely or not at all, without blocking. Calls `done` once, later,
// on the loop.
using SaveState = std::function<void(std::string content, std::function<void(absl::Status)> done)>;

// For the loop's thread only, except construction.
class RefreshToken {
 public:
  // `saved`: the state from an earlier run. If `save` is empty, new tokens are kept only in memory.
  RefreshToken(Clock& clock, std::optional<OAuthState> saved, SaveState save)
      : clock_(clock), saved_(std::move(saved)), save_(std::move(save)), state_(saved_.value_or(OAuthState())) {}

  // The token to use while the operator's file contains `given`. New content of that file takes precedence over what
  // Webex issued for the earlier one.
  std::string InUse(const std::string& given);

  // Webex has replaced the token in use with `token`.
  void Replace(const std::string& token) { state_.refresh_token = token; }

  // Saves changes, if there are any. Ends after at most five seconds: a disk that hangs counts as one that fails. A
  // failed save is due again a minute later.
  Async<void> Save();
  bool save_due() const { return save_failed() && clock_.Now() >= save_at_; }
  bool save_failed() const { return save_ && !saved().ok(); }

  // OK if a restart would continue with the token in use; otherwise what is wrong.
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
