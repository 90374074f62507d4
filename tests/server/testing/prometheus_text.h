// Reads Prometheus' text format, strictly enough to detect what a scraper or `promtool check metrics` would reject.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace webex_gateway {

struct Scrape {
  std::map<std::string, double> series;      // by name and labels, as written
  std::map<std::string, std::string> types;  // by family
  std::map<std::string, std::string> helps;  // by family

  double at(const std::string& name) const {
    const auto found = series.find(name);
    EXPECT_TRUE(found != series.end()) << "there is no series " << name;
    return found == series.end() ? -1 : found->second;
  }

  // The sum over all series of the family.
  double Sum(const std::string& family) const {
    double sum = 0;
    for (const auto& [name, value] : series) {
      if (name == family || absl::StartsWith(name, family + "{")) sum += value;
    }
    return sum;
  }
};

inline Scrape ReadPrometheusText(const std::string& text) {
  Scrape scrape;
  EXPECT_TRUE(absl::EndsWith(text, "\n"));
  for (absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    const bool is_type = absl::ConsumePrefix(&line, "# TYPE ");
    if (is_type || absl::ConsumePrefix(&line, "# HELP ")) {
      const std::pair<std::string, std::string> words = absl::StrSplit(line, absl::MaxSplits(' ', 1));
      EXPECT_TRUE((is_type ? scrape.types : scrape.helps).insert(words).second) << "twice: " << words.first;
      continue;
    }
    const size_t space = line.rfind(' ');
    double value = 0;
    EXPECT_TRUE(space != absl::string_view::npos && absl::SimpleAtod(line.substr(space + 1), &value)) << line;
    EXPECT_TRUE(scrape.series.emplace(line.substr(0, space), value).second) << "twice: " << line;
  }
  return scrape;
}

}  // namespace webex_gateway
