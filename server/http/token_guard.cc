#include "server/http/token_guard.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/backoff.h"

namespace webex_gateway {
namespace {

constexpr Backoff kHoldFor{.first = absl::Seconds(5), .longest = absl::Minutes(1)};

class Guarding : public HttpClient {
 public:
  Guarding(std::unique_ptr<HttpClient> next, TokenGuard& guard) : next_(std::move(next)), guard_(guard) {}

  Async<absl::StatusOr<HttpAnswer>> Send(HttpRequest request, Call& call) override {
    if (!guard_.Admit()) {
      const absl::Duration left = absl::Ceil(guard_.Left(), absl::Seconds(1));
      co_return SendError(SendFailure::kNoToken,
                          absl::StrCat("Webex keeps refusing it, so nothing is sent for ", absl::FormatDuration(left)));
    }
    co_return co_await next_->Send(std::move(request), call);
  }

 private:
  const std::unique_ptr<HttpClient> next_;
  TokenGuard& guard_;
};

}  // namespace

bool TokenGuard::Admit() {
  Look();
  if (refusals_ < kRefusalsToHold) return true;
  if (clock_.Now() < until_) return false;
  Hold();
  return true;
}

absl::Duration TokenGuard::Left() {
  Look();
  if (refusals_ < kRefusalsToHold) return absl::ZeroDuration();
  return std::max(absl::ZeroDuration(), absl::FromChrono(until_ - clock_.Now()));
}

void TokenGuard::OnRefused(const std::string& token) {
  if (!tokens_.IsCurrent(token)) return;  // it has already been replaced
  if (refusals_ == 0 || token != token_) {
    Clear();
    token_ = token;
    since_ = clock_.WallNow();
  }
  if (++refusals_ == kRefusalsToHold) Hold();
}

void TokenGuard::OnTaken(const std::string& token) {
  if (refusals_ > 0 && token == token_) Clear();
}

TokenHealth TokenGuard::Health() {
  TokenHealth health = tokens_.Health();
  Look();
  if (refusals_ > 0) health.refused = TokenRefusal{since_, refusals_, Left()};
  return health;
}

// The source checks its file if it has not done so for a second.
void TokenGuard::Look() {
  if (refusals_ == 0) return;
  tokens_.Health();
  if (!tokens_.IsCurrent(token_)) Clear();
}

void TokenGuard::Hold() { until_ = Later(clock_.Now(), kHoldFor.After(++holds_, random_)); }

void TokenGuard::Clear() {
  token_.clear();
  refusals_ = 0;
  holds_ = 0;
}

std::unique_ptr<HttpClient> WithTokenGuard(std::unique_ptr<HttpClient> next, TokenGuard& guard) {
  return std::make_unique<Guarding>(std::move(next), guard);
}

}  // namespace webex_gateway
