// The rows of a file of many orders, whatever its format: CSV with a header, JSON Lines, or a JSON array.
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
  // What was given, by the names of the REST reference. An empty cell of CSV is not given; nor is a JSON null.
  std::map<std::string, std::string> fields{};
};

// Something in the file that is to be mended.
struct BatchFault {
  size_t line = 0;
  std::string text;
};

// The names that a row may give: the fields of all orders, and `action`.
bool IsBatchColumn(absl::string_view name);

// Gives each row of `text` (UTF-8), in order, to `take`; appends what cannot be read to `faults`. What begins with { or
// [ is JSON, all else CSV, whose header is read without regard to letter case. One without an `action` needs the
// columns `required`.
void ReadBatchRows(absl::string_view text, const std::vector<std::string>& required,
                   const std::function<void(BatchRow)>& take, std::vector<BatchFault>& faults);

}  // namespace webex_gateway::client
