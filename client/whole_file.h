// Files that are read as a whole.
#pragma once

#include <istream>
#include <optional>
#include <string>

namespace webex_gateway::client {

// All that is in it; nothing where it cannot be read, as a directory cannot: errno says why.
std::optional<std::string> ReadWhole(std::istream& in);

}  // namespace webex_gateway::client
