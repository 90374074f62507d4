// The sandbox's behaviour: set by flags, changed through the control endpoint.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "tests/sandbox/rate_limit.h"

namespace webex_gateway::sandbox {

struct Settings {
  // Every answer of the API waits for latency, and up to jitter more.
  absl::Duration latency;
  absl::Duration jitter;
  // An order beyond the limit gets a 429, with a Retry-After as in rate_limit.h.
  Limit limit;
  std::string retry_after = "1";
  // A bearer token that is always accepted; empty for no check at all.
  std::string token = "sandbox-token";
  // Lifetime of the tokens that /v1/access_token issues; zero: unlimited.
  absl::Duration token_lifetime;
  // What a refresh must contain. With rotation each refresh issues a new refresh token and invalidates the previous
  // one.
  std::string client_id = "sandbox-client-id";
  std::string client_secret = "sandbox-client-secret";
  std::string refresh_token = "sandbox-refresh-token";
  bool rotate_refresh_token = false;
};

// The settings in force; any thread may read and set them.
class LiveSettings {
 public:
  explicit LiveSettings(const Settings& settings) { Set(settings); }

  std::shared_ptr<const Settings> Get() const {
    const std::lock_guard lock(mutex_);
    return settings_;
  }

  void Set(const Settings& settings) {
    auto copy = std::make_shared<const Settings>(settings);
    const std::lock_guard lock(mutex_);
    settings_ = std::move(copy);
  }

 private:
  mutable std::mutex mutex_;  // guards the members below
  std::shared_ptr<const Settings> settings_;
};

}  // namespace webex_gateway::sandbox
