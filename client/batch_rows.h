// The rows of a file of many orders in any format: CSV with a header, JSON Lines, or a JSON array.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace webex_gateway::client {

struct BatchRow {
  size_t line = 0;
  // The given values, by the names in the REST reference. An empty CSV cell counts as not given, and so does a JSON
  // null.
  std::map<std::string, std::string> fields{};
};

// Something in the file that must be corrected.
struct BatchFault {
  size_t line = 0;
  std::string text;
};

// The names that a row may give: the fields of all orders, and `action`.
bool IsBatchColumn(absl::string_view name);

// Passes each row of `text` (UTF-8), in order, to `take`; appends a fault for each row that cannot be read. Text that
// begins with { or [ is JSON, any other is CSV, whose header is read ignoring letter case. Without a column `action`,
// the columns `required` must be there.
void ReadBatchRows(absl::string_view text, const std::vector<std::string>& required,
                   const std::function<void(BatchRow)>& take, std::vector<BatchFault>& faults);

}  // namespace webex_gateway::client
