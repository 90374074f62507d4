// Reads whole files.
#pragma once

#include <istream>
#include <optional>
#include <string>

namespace webex_gateway::client {

// The content; nothing if the file cannot be read (a directory, for example): errno says why.
std::optional<std::string> ReadWhole(std::istream& in);

}  // namespace webex_gateway::client
