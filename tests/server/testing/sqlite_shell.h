// Simulates someone who changes a file with SQLite's shell.
#pragma once

#include <string>

namespace webex_gateway {

// Opens the file, runs the statements, and closes it again. Returns the error, if any.
std::string RunInSqliteShell(const std::string& file, const std::string& statements);

}  // namespace webex_gateway
