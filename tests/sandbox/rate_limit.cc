#include "tests/sandbox/rate_limit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace webex_gateway::sandbox {
namespace {

constexpr double kMostInAWindow = 1e9;
constexpr int kMostSecondsAhead = 1'000'000'000;

constexpr std::array<std::pair<LimiterKind, absl::string_view>, 4> kNames = {
    {{LimiterKind::kBucket, "bucket"},
     {LimiterKind::kFixedWindow, "fixed_window"},
     {LimiterKind::kSlidingWindow, "sliding_window"},
     {LimiterKind::kUnderWay, "under_way"}}};

int MostInAWindow(const Limit& limit) {
  const double most = std::round(limit.per_second * absl::ToDoubleSeconds(limit.window));
  return static_cast<int>(std::clamp(most, 1.0, kMostInAWindow));
}

std::shared_ptr<Limiter> LimiterOf(const Limit& limit) {
  if (limit.kind == LimiterKind::kUnderWay) {
    return limit.burst > 0 ? std::make_shared<UnderWay>(limit.burst) : nullptr;
  }
  if (limit.per_second <= 0) return nullptr;
  const double window = absl::ToDoubleSeconds(limit.window);
  switch (limit.kind) {
    case LimiterKind::kFixedWindow:
      return std::make_shared<FixedWindow>(window, MostInAWindow(limit));
    case LimiterKind::kSlidingWindow:
      return std::make_shared<SlidingWindow>(window, MostInAWindow(limit));
    default:
      return std::make_shared<TokenBucket>(limit.per_second,
                                           limit.burst > 0 ? limit.burst : std::max(limit.per_second, 1.0));
  }
}

}  // namespace

absl::string_view NameOf(LimiterKind kind) {
  return std::find_if(kNames.begin(), kNames.end(), [&](const auto& pair) { return pair.first == kind; })->second;
}

std::optional<LimiterKind> LimiterKindOf(absl::string_view name) {
  for (const auto& [kind, known] : kNames) {
    if (known == name) return kind;
  }
  return std::nullopt;
}

// The marker of an order under way.
class RateLimit::Place {
 public:
  Place(RateLimit& of, std::shared_ptr<Limiter> limiter) : of_(of), limiter_(std::move(limiter)) {}
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() {
    const std::lock_guard lock(of_.mutex_);
    limiter_->OnAnswered();
  }

 private:
  RateLimit& of_;
  const std::shared_ptr<Limiter> limiter_;
};

RateLimit::Verdict RateLimit::Take(const Limit& limit, absl::Time now) {
  const std::lock_guard lock(mutex_);
  if (!(limit == limit_)) {
    limit_ = limit;
    limiter_ = LimiterOf(limit);
    begun_ = now;
    latest_ = 0;
  }
  if (limiter_ == nullptr) return {};
  latest_ = std::max(latest_, absl::ToDoubleSeconds(now - begun_));
  if (limiter_->Take(latest_)) return {.under_way = std::make_shared<Place>(*this, limiter_)};
  return {.taken = false, .rest = absl::Seconds(limiter_->NextFree(latest_) - latest_)};
}

void RateLimit::Reset() {
  const std::lock_guard lock(mutex_);
  limit_ = {};
  limiter_ = nullptr;
}

std::optional<std::string> RetryAfterOf(const std::string& setting, absl::Duration rest, absl::Time now) {
  if (setting == "none") return std::nullopt;
  if (setting == "rest")
    return absl::StrCat(std::max<int64_t>(1, absl::ToInt64Seconds(absl::Ceil(rest, absl::Seconds(1)))));
  absl::string_view ahead = setting;
  int seconds = 0;
  if (!absl::ConsumePrefix(&ahead, "date:") || !absl::SimpleAtoi(ahead, &seconds)) return setting;
  const absl::Duration later = absl::Seconds(std::clamp(seconds, -kMostSecondsAhead, kMostSecondsAhead));
  const absl::Time date = absl::UnixEpoch() + absl::Ceil(now - absl::UnixEpoch() + later, absl::Seconds(1));
  return absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", date, absl::UTCTimeZone());
}

}  // namespace webex_gateway::sandbox
