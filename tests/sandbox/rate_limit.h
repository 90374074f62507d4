// The limit on orders: a rate limiter as configured, and the Retry-After for refused orders.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/limiters/limiters.h"

namespace webex_gateway::sandbox {

enum class LimiterKind { kBucket, kFixedWindow, kSlidingWindow, kUnderWay };

// "bucket", "fixed_window", "sliding_window", "under_way".
absl::string_view NameOf(LimiterKind kind);
std::optional<LimiterKind> LimiterKindOf(absl::string_view name);

// There is no limit if the relevant number is 0 (for under_way the burst, otherwise the rate).
struct Limit {
  LimiterKind kind = LimiterKind::kBucket;
  double per_second = 0;
  int burst = 0;                             // bucket: one second's worth if it is 0
  absl::Duration window = absl::Seconds(1);  // a window accepts rate * window orders, at least one

  bool operator==(const Limit&) const = default;
};

// Any thread may call any of these.
class RateLimit {
 public:
  struct Verdict {
    bool taken = true;
    // For a refused order: the time until one will be accepted, as far as is known.
    absl::Duration rest;
    // For an accepted order: while this exists, it is under way.
    std::shared_ptr<const void> under_way;
  };

  // Whether one more order may pass now. A change of the limit starts afresh.
  Verdict Take(const Limit& limit, absl::Time now);
  void Reset();

 private:
  class Place;

  std::mutex mutex_;  // guards the members below, and every limiter
  Limit limit_;
  std::shared_ptr<Limiter> limiter_;  // null: no limit
  absl::Time begun_;
  double latest_ = 0;  // seconds since then
};

// The header of a refusal, by the setting: "none" (no header), "rest" (the seconds until one will be accepted, rounded
// up, at least 1), "date:N" (the HTTP date in N seconds); anything else unchanged.
std::optional<std::string> RetryAfterOf(const std::string& setting, absl::Duration rest, absl::Time now);

}  // namespace webex_gateway::sandbox
