// The limit of orders: a rate limiter as the settings describe it, and what it says to those that it refuses.
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

// What is 0 where it matters (under way the burst, else the rate) makes it no limit.
struct Limit {
  LimiterKind kind = LimiterKind::kBucket;
  double per_second = 0;
  int burst = 0;                             // bucket: as many as a second's worth where it is 0
  absl::Duration window = absl::Seconds(1);  // of it, and the rate, comes how many a window takes; at least one

  bool operator==(const Limit&) const = default;
};

// Any thread may call any of these.
class RateLimit {
 public:
  struct Verdict {
    bool taken = true;
    // Of an order that is refused: how long until one will be taken, as far as anyone knows.
    absl::Duration rest;
    // Of one that is taken: while this is held, it is under way.
    std::shared_ptr<const void> under_way;
  };

  // Whether one more order may pass now. A change of the limit starts anew.
  Verdict Take(const Limit& limit, absl::Time now);
  void Reset();

 private:
  class Place;

  std::mutex mutex_;  // guards what follows, and every limiter
  Limit limit_;
  std::shared_ptr<Limiter> limiter_;  // null: no limit
  absl::Time begun_;
  double latest_ = 0;  // seconds since then
};

// The header of a refusal, as the setting has it: "none" (no header), "rest" (the seconds until one will be taken,
// rounded up, at least 1), "date:N" (the HTTP date in N seconds); anything else as it stands.
std::optional<std::string> RetryAfterOf(const std::string& setting, absl::Duration rest, absl::Time now);

}  // namespace webex_gateway::sandbox
