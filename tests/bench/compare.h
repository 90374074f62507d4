// What an order costs: each part of the gateway by itself, the gateway without a ledger and with each, with TLS.
#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/bench/rows.h"

namespace webex_gateway {

struct Comparison {
  std::vector<Row> rows;
  std::vector<int> in_flight;
  int rounds = 1;
  absl::Duration duration;  // of each measurement
  std::string json;         // a file for the figures; empty: none
};

// Measures each row at each number of orders in flight, as often as there are rounds, one after the other, and prints a
// table of the medians. False: something could not be started, or an order failed.
bool Compare(Comparison comparison);

}  // namespace webex_gateway
