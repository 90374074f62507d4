// Text in columns.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace webex_gateway::client {

using Row = std::vector<std::string>;

// Each row in a line, in columns as wide as their widest cell; an empty cell is "-". All rows are of one size. With
// `columns` above zero no line is wider: cells that do not fit are left out from the right, and the last that is there
// may be cut.
std::string Table(std::vector<Row> rows, size_t columns = 0);

}  // namespace webex_gateway::client
