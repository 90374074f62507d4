// Numbers that a component keeps, as /metrics shows them. A component describes its own, and does not know how they are
// exported.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace webex_gateway {

// A family of series, read at the time of a scrape.
struct Reading {
  enum class Type { kCounter, kGauge };
  struct Sample {
    double value = 0;
    std::vector<std::pair<std::string, std::string>> labels =
        {};  // names and values; never values that outsiders choose
  };

  Type type;
  std::string name;
  std::string help;
  std::vector<Sample> samples;
};

using Readings = std::vector<Reading>;
// Called on the loop.
using Collector = std::function<Readings()>;

// A family of one series without labels.
inline Reading CounterOf(std::string name, std::string help, int64_t value) {
  return {Reading::Type::kCounter, std::move(name), std::move(help), {{static_cast<double>(value)}}};
}
inline Reading GaugeOf(std::string name, std::string help, double value) {
  return {Reading::Type::kGauge, std::move(name), std::move(help), {{value}}};
}

}  // namespace webex_gateway
