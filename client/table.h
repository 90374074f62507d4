// Text in columns.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace webex_gateway::client {

using Row = std::vector<std::string>;

// One line per row, in columns as wide as their widest cell; an empty cell is "-". All rows have the same size. With
// `columns` above zero no line is wider: cells that do not fit are omitted from the right, and the last one shown may
// be truncated.
std::string Table(std::vector<Row> rows, size_t columns = 0);

}  // namespace webex_gateway::client
