#include "server/ops/history.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "absl/strings/string_view.h"
#include "server/ops/fate.h"

namespace webex_gateway {

void History::OnAnswered(const RpcReport& report) {
  if (!report.is_order || report.validated_only) return;
  const Fate fate = FateOf(report);
  Slot& slot = Present();
  if (fate.outcome == "applied") {
    ++slot.point.applied;
  } else if (fate.outcome == "not_applied" || fate.outcome == "unchanged") {
    ++slot.point.not_applied;
  } else if (fate.reason != "OUTCOME_UNKNOWN") {
    ++slot.point.unknown;
  }
  if (fate.outcome != "applied") ++slot.reasons[{fate.outcome, fate.reason}];
  if (report.attempts == 0) return;
  NoteRefusal(fate, report.status);
  slot.point.longest = std::max(slot.point.longest, report.elapsed);
  const double step = std::ceil(4 * std::log2(std::max(absl::ToDoubleMilliseconds(report.elapsed), 1.0)));
  ++slot.bins[std::min<size_t>(static_cast<size_t>(step), slot.bins.size() - 1)];
}

void History::NoteRefusal(const Fate& fate, const absl::Status& status) {
  constexpr std::array<absl::string_view, 4> kFaultsOfTheOrder{"WEBEX_INVALID_REQUEST", "WEBEX_ALREADY_EXISTS",
                                                               "WEBEX_CONFLICT", "WEBEX_NOT_FOUND"};
  const bool tls = fate.reason == "WEBEX_TLS_FAILED";
  if (tls || fate.reason == "WEBEX_FORBIDDEN") {
    refusal_ = Refusal{.since = refusal_ ? refusal_->since : clock_.WallNow(),
                       .last = clock_.WallNow(),
                       .reason = fate.reason,
                       .detail = tls ? std::string(status.message()) : ""};
    return;
  }
  const bool let_through =
      fate.outcome == "applied" || std::ranges::find(kFaultsOfTheOrder, fate.reason) != kFaultsOfTheOrder.end();
  const bool secure = refusal_ && refusal_->reason == "WEBEX_TLS_FAILED" && fate.answered;
  if (let_through || secure) refusal_.reset();
}

void History::OnCommit(bool ok, absl::Duration took) {
  HistoryPoint& point = Present().point;
  ++(ok ? point.commits : point.failed_commits);
  point.slowest_commit = std::max(point.slowest_commit, took);
}

std::vector<HistoryPoint> History::Points() const {
  std::vector<HistoryPoint> points;
  const int64_t last = Number();
  for (int64_t number = last - kPoints + 1; number <= last; ++number) {
    HistoryPoint& point = points.emplace_back();
    if (number < 0 || slots_[number % kPoints].number != number) continue;
    const Slot& slot = slots_[number % kPoints];
    point = slot.point;
    point.median = Quantile(slot, 0.5);
    point.p95 = Quantile(slot, 0.95);
  }
  return points;
}

std::vector<ReasonCount> History::Reasons() const {
  const int64_t last = Number();
  std::map<std::pair<std::string, std::string>, int64_t> all;
  for (const Slot& slot : slots_) {
    if (slot.number < 0 || slot.number + kPoints <= last) continue;
    for (const auto& [why, orders] : slot.reasons) all[why] += orders;
  }
  std::vector<ReasonCount> counts;
  for (const auto& [why, orders] : all) counts.push_back({why.first, why.second, orders});
  std::ranges::stable_sort(counts, std::ranges::greater(), &ReasonCount::orders);
  return counts;
}

History::Slot& History::Present() {
  const int64_t number = Number();
  Slot& slot = slots_[number % kPoints];
  if (slot.number != number) slot = {.number = number, .point = {}};
  return slot;
}

absl::Duration History::Quantile(const Slot& slot, double part) {
  const auto count = std::accumulate(slot.bins.begin(), slot.bins.end(), 0.0);
  double passed = 0;
  for (size_t step = 0; step < slot.bins.size(); ++step) {
    passed += slot.bins[step];
    if (passed > 0 && passed >= part * count) {
      return std::min(absl::Milliseconds(std::exp2(static_cast<double>(step) / 4)), slot.point.longest);
    }
  }
  return absl::ZeroDuration();
}

}  // namespace webex_gateway
