// webexctl without its process: called by main and by tests.
#pragma once

#include <cstddef>
#include <istream>
#include <ostream>
#include <string>
#include <vector>

#include "server/base/flags.h"
#include "server/base/unknown_variables.h"

namespace webex_gateway::client {

// The exit codes that are not a call's (those are 64 + the gRPC code).
inline constexpr int kExitOk = 0;
inline constexpr int kExitNotServing = 1;  // health: the gateway answered, but is not serving
inline constexpr int kExitUsage = 2;       // the command line or the order's file is invalid; nothing was sent
inline constexpr int kExitNotWritten = 3;  // the call succeeded, but its answer could not be written

// The outside world. The streams must outlive the call.
struct CliIo {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  Environment environment;
  Variables variables;          // the whole environment
  size_t terminal_columns = 0;  // the width of the terminal that `err` is; 0: it is none
  size_t out_columns = 0;       // the same for `out`
};

// Runs webexctl with these arguments (without the program's name) and returns its exit code. Sets the process's Abseil
// flags, so calls must not overlap.
int RunCli(const std::vector<std::string>& args, const CliIo& io);

}  // namespace webex_gateway::client
