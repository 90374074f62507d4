#include "server/webex/refresh_token.h"

#include <memory>
#include <utility>

#include "server/base/sha256.h"

namespace webex_gateway {
namespace {

constexpr absl::Duration kSaveLimit = absl::Seconds(5);
constexpr absl::Duration kSaveAgain = absl::Minutes(1);

// Outlives the wait for it, since `done` may be called after that.
struct Saving {
  Event over;
  absl::Status status = absl::DeadlineExceededError("it takes longer than 5 s");
};

}  // namespace

std::string RefreshToken::InUse(const std::string& given) {
  std::string sha256 = Sha256Hex(given);
  if (state_.given_sha256 != sha256) {
    // Or it is the earlier content again, and the one in between was a mistake.
    const bool as_saved = saved_ && saved_->given_sha256 == sha256;
    state_ = as_saved ? *saved_ : OAuthState{.given_sha256 = std::move(sha256), .refresh_token = ""};
  }
  return state_.refresh_token.empty() ? given : state_.refresh_token;
}

bool RefreshToken::HasChanged() const {
  const bool nothing_to_remember = !saved_ && state_.refresh_token.empty();
  return !nothing_to_remember && state_ != saved_;
}

Async<void> RefreshToken::Save() {
  if (!HasChanged() || !save_) co_return;
  const auto saving = std::make_shared<Saving>();
  const OAuthState state = state_;
  const auto done = [saving](absl::Status status) {
    saving->status = std::move(status);
    saving->over.Set();
  };
  save_(WriteOAuthState(state), done);
  const auto timer = clock_.At(Later(clock_.Now(), kSaveLimit), [saving] { saving->over.Set(); });
  co_await saving->over.Wait();
  last_save_ = saving->status;
  if (last_save_.ok()) saved_ = state;
  save_at_ = Later(clock_.Now(), kSaveAgain);
}

absl::Status RefreshToken::saved() const {
  if (!HasChanged()) return absl::OkStatus();
  if (!save_) return absl::FailedPreconditionError("it is kept only in memory");
  return last_save_;
}

}  // namespace webex_gateway
