// What webexctl's commands do once their flags have been read.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "client/cli.h"
#include "client/cli_flags.h"

namespace webex_gateway::client {

// Orders a workspace, changes one, removes one, and prints the answer. Each returns the exit code.
int RunProvision(const CliOptions& options, const CliIo& io);
int RunUpdate(const CliOptions& options, const CliIo& io);
int RunRemove(const CliOptions& options, const CliIo& io);

// Prints whether the gateway is serving. Returns the exit code.
int RunHealth(const CliOptions& options, const CliIo& io);

// Appends the faults that Connect found.
void AppendFaults(const absl::Status& connect, std::vector<std::string>& faults);

// Prints the faults of the command line, one per line, and how to get the help of `command` ("": all). Returns
// kExitUsage.
int ReportUsage(const std::vector<std::string>& faults, absl::string_view command, const CliIo& io);

}  // namespace webex_gateway::client
