#include "tests/bench/statistics.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace webex_gateway {
namespace {

constexpr absl::string_view kLine = "measured ";

double MedianOf(const std::vector<Figures>& all, double Figures::* figure) {
  std::vector<double> values;
  values.reserve(all.size());
  for (const Figures& figures : all) values.push_back(figures.*figure);
  return Median(std::move(values));
}

bool ReadEnding(absl::string_view word, Endings& endings) {
  const std::vector<std::string> parts = absl::StrSplit(word, '=');
  return parts.size() == 2 && absl::SimpleAtoi(parts[1], &endings[parts[0]]);
}

}  // namespace

void Add(const Endings& more, Endings& endings) {
  for (const auto& [ending, times] : more) endings[ending] += times;
}

bool AllOk(const Endings& endings) { return endings.size() == 1 && endings.begin()->first == "OK"; }

Figures FiguresOf(const Tally& tally, double cpu_seconds) {
  const auto orders = static_cast<double>(tally.milliseconds.size());
  if (orders == 0) return {};
  return {.cpu_us = cpu_seconds / orders * 1e6,
          .per_second = orders / tally.seconds,
          .p50_ms = Percentile(tally.milliseconds, 0.5),
          .p99_ms = Percentile(tally.milliseconds, 0.99)};
}

double Percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  const size_t at = std::min(values.size() - 1, static_cast<size_t>(share * static_cast<double>(values.size())));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
  return values[at];
}

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

Figures Median(const std::vector<Figures>& all) {
  return {.cpu_us = MedianOf(all, &Figures::cpu_us),
          .per_second = MedianOf(all, &Figures::per_second),
          .p50_ms = MedianOf(all, &Figures::p50_ms),
          .p99_ms = MedianOf(all, &Figures::p99_ms)};
}

std::string LineOf(const Figures& figures, const Endings& endings) {
  std::string line =
      absl::StrCat(kLine, figures.cpu_us, " ", figures.per_second, " ", figures.p50_ms, " ", figures.p99_ms);
  for (const auto& [ending, times] : endings) absl::StrAppend(&line, " ", ending, "=", times);
  return line + "\n";
}

std::optional<Measured> ReadLine(absl::string_view text) {
  const size_t begin = text.find(kLine);
  if (begin == absl::string_view::npos) return std::nullopt;
  const size_t end = text.find('\n', begin);
  if (end == absl::string_view::npos) return std::nullopt;
  const size_t first = begin + kLine.size();
  const std::vector<std::string> words = absl::StrSplit(text.substr(first, end - first), ' ');
  Measured measured;
  Figures& figures = measured.figures;
  bool read = words.size() >= 4 && absl::SimpleAtod(words[0], &figures.cpu_us) &&
              absl::SimpleAtod(words[1], &figures.per_second) && absl::SimpleAtod(words[2], &figures.p50_ms) &&
              absl::SimpleAtod(words[3], &figures.p99_ms);
  for (size_t i = 4; read && i < words.size(); ++i) read = ReadEnding(words[i], measured.endings);
  return read ? std::optional(measured) : std::nullopt;
}

}  // namespace webex_gateway
