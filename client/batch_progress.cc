#include "client/batch_progress.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/text.h"

namespace webex_gateway::client {
namespace {

constexpr absl::Duration kWindow = absl::Seconds(10);
constexpr absl::Duration kBetweenSamples = absl::Milliseconds(250);
constexpr absl::Duration kBetweenBars = absl::Milliseconds(200);
constexpr absl::Duration kBetweenLines = absl::Seconds(10);
constexpr size_t kBarWidth = 20;

std::string Rate(double per_second) { return absl::StrFormat("%.*f/s", per_second < 10 ? 1 : 0, per_second); }

std::string TimeLeft(const BatchProgress& progress, double per_second) {
  if (per_second <= 0) return "";
  const double left = std::ceil(static_cast<double>(progress.total - progress.done()) / per_second);
  return absl::StrCat(", ", ForPeople(absl::Seconds(left)), " left");
}

std::string Waits(const BatchProgress& progress) {
  if (!progress.waits_for.empty()) return absl::StrCat(", waiting for ", progress.waits_for);
  if (progress.webex_limit) return absl::StrCat(", Webex limits to ", Rate(*progress.webex_limit));
  return progress.rate_limited ? ", Webex limits the rate" : "";
}

std::string Counts(const BatchProgress& progress) {
  return absl::StrCat(progress.done(), "/", progress.total, ": ", progress.applied, " applied, ", progress.refused,
                      " refused, ", progress.unknown, " unknown");
}

}  // namespace

void BatchRate::Note(absl::Duration elapsed, size_t done) {
  if (!samples_.empty() && elapsed - samples_.back().first < kBetweenSamples) return;
  samples_.emplace_back(elapsed, done);
  while (samples_.size() > 2 && elapsed - samples_.front().first > kWindow) samples_.pop_front();
}

double BatchRate::per_second() const {
  if (samples_.size() < 2) return 0;
  const double seconds = absl::ToDoubleSeconds(samples_.back().first - samples_.front().first);
  return static_cast<double>(samples_.back().second - samples_.front().second) / seconds;
}

std::string ProgressLine(const BatchProgress& progress, double per_second) {
  return absl::StrCat(Counts(progress), "; ", Rate(per_second), TimeLeft(progress, per_second), Waits(progress));
}

std::string ProgressBar(const BatchProgress& progress, double per_second, size_t columns) {
  const size_t filled = progress.total == 0 ? 0 : kBarWidth * progress.done() / progress.total;
  const std::string bar = absl::StrCat("[", std::string(filled, '='), std::string(kBarWidth - filled, ' '), "] ");
  return absl::StrCat(bar, ProgressLine(progress, per_second)).substr(0, columns);
}

void ProgressDisplay::Show(const BatchProgress& progress) {
  rate_.Note(progress.elapsed, progress.done());
  if (progress.elapsed - shown_ < (columns_ > 0 ? kBetweenBars : kBetweenLines)) return;
  shown_ = progress.elapsed;
  if (columns_ > 0) {
    out_ << "\r" << ProgressBar(progress, rate_.per_second(), columns_ - 1) << "\x1b[K" << std::flush;
  } else {
    out_ << "webexctl: " << ProgressLine(progress, rate_.per_second()) << "\n" << std::flush;
  }
}

void ProgressDisplay::Clear() {
  if (columns_ > 0) out_ << "\r\x1b[K" << std::flush;
}

}  // namespace webex_gateway::client
