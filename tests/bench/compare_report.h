// The comparison's table and its JSON.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "tests/bench/rows.h"

namespace webex_gateway {

// By the number of orders in flight and the row: what each round gave.
using Results = std::map<std::pair<int, Row>, std::vector<Cell>>;

// What they were measured with.
struct Setting {
  int rounds = 1;
  absl::Duration duration;
};

// CPU time of an order, of the medians, in microseconds; nothing where a row that it takes is missing.
// What the gateway without a ledger takes beyond the gRPC server and the wire.
std::optional<double> BetweenUs(const Results& results, int in_flight);
// What a row takes beyond the gateway without a ledger, and as a multiple of it.
std::optional<double> MoreUs(const Results& results, int in_flight, Row row);
std::optional<double> Ratio(const Results& results, int in_flight, Row row);
// What a row takes with more orders in flight, as a multiple.
std::optional<double> RatioToFewer(const Results& results, Row row, int in_flight, int fewer);

std::string TableOf(const Results& results, const Setting& setting);
std::string JsonOf(const Results& results, const Setting& setting);

}  // namespace webex_gateway
