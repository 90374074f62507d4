#include "tests/bench/rows.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace webex_gateway {

const char* TitleOf(Row row) {
  const auto* const found =
      std::find_if(kRows.begin(), kRows.end(), [&](const RowName& one) { return one.row == row; });
  return found->title;
}

absl::StatusOr<std::vector<Row>> ParseRows(absl::string_view names) {
  std::vector<Row> rows;
  for (const absl::string_view name : absl::StrSplit(names, ',')) {
    const auto* const found =
        std::find_if(kRows.begin(), kRows.end(), [&](const RowName& row) { return row.name == name; });
    if (found == kRows.end()) return absl::InvalidArgumentError(absl::StrCat("'", name, "' is no row"));
    rows.push_back(found->row);
  }
  return rows;
}

Level LevelOf(int in_flight) {
  if (in_flight < kManyInFlight) return {.in_flight = in_flight};
  return {.in_flight = in_flight, .latency = absl::Milliseconds(100), .max_upstream_calls = in_flight};
}

}  // namespace webex_gateway
