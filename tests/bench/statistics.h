// What a measurement found, and what several of them have in common.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace webex_gateway {

// How many orders ended how; "OK" for a success.
using Endings = std::map<std::string, int>;
void Add(const Endings& more, Endings& endings);
// None of them but OK, and at least one.
bool AllOk(const Endings& endings);

// The orders of one measurement.
struct Tally {
  std::vector<double> milliseconds;  // how long each took
  Endings endings;
  double seconds = 0;  // from the first order's beginning to the last one's end
};

struct Figures {
  double cpu_us = 0;  // of the process that is measured, for each order
  double per_second = 0;
  double p50_ms = 0;
  double p99_ms = 0;
};

Figures FiguresOf(const Tally& tally, double cpu_seconds);

// The value below which `share` (0 to 1) of `values` are; 0 if there are none.
double Percentile(std::vector<double> values, double share);
// The middle one, or the mean of the two in the middle.
double Median(std::vector<double> values);
// Of each figure by itself.
Figures Median(const std::vector<Figures>& all);

// The line in which a child process reports its figures, and its reader: nothing if `text` has no complete line.
// Endings must not contain spaces.
std::string LineOf(const Figures& figures, const Endings& endings);
struct Measured {
  Figures figures;
  Endings endings;
};
std::optional<Measured> ReadLine(absl::string_view text);

}  // namespace webex_gateway
