// What someone with SQLite's shell does to a file.
#pragma once

#include <string>

namespace webex_gateway {

// Opens the file, runs the statements, and closes it again. The error, if there was one.
std::string RunInSqliteShell(const std::string& file, const std::string& statements);

}  // namespace webex_gateway
