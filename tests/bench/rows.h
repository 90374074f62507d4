// What the comparison compares: its rows, and how many orders are in flight.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/bench/statistics.h"

namespace webex_gateway {

// Those after kNone add something to it.
enum class Row { kGrpc, kWire, kNone, kSqlite, kPostgresql, kTls };

struct RowName {
  Row row;
  const char* name;   // for --rows and in JSON
  const char* title;  // in the table
};
inline constexpr std::array<RowName, 6> kRows = {{{Row::kGrpc, "grpc", "gRPC alone"},
                                                  {Row::kWire, "wire", "wire alone"},
                                                  {Row::kNone, "none", "no ledger"},
                                                  {Row::kSqlite, "sqlite", "SQLite"},
                                                  {Row::kPostgresql, "postgresql", "PostgreSQL"},
                                                  {Row::kTls, "tls", "no ledger, TLS"}}};

const char* TitleOf(Row row);
// Comma-separated names; the error quotes an unknown one.
absl::StatusOr<std::vector<Row>> ParseRows(absl::string_view names);

// How many orders are in flight, and the settings for measuring that.
struct Level {
  int in_flight = 1;
  absl::Duration latency;      // that Webex takes for an answer
  int max_upstream_calls = 0;  // the gateway's setting; 0: its default
};
// From kManyInFlight orders on, Webex takes 100 ms, and the gateway may send all of them at once.
inline constexpr int kManyInFlight = 500;
inline constexpr int kMostInFlight = 5000;  // a caller's limit at the gateway
Level LevelOf(int in_flight);

// What a row gave at a level.
struct Cell {
  Figures figures;
  Endings endings;             // of all orders, those of the warm-up too
  double idle_mb = 0;          // before the first order
  double first_answer_ms = 0;  // after the program was started
  bool warm = true;            // SQLite's log had been full once before
};

}  // namespace webex_gateway
