// What `webexctl operations` does once the flags have been read.
#pragma once

#include "client/cli.h"
#include "client/cli_flags.h"

namespace webex_gateway::client {

// Prints the orders on record that the flags select, page by page up to the limit; one order; an order after it was
// resolved. Each returns the exit code.
int RunListOperations(const CliOptions& options, const CliIo& io);
// Counts the orders to provision that are UNKNOWN.
int RunSummariseOperations(const CliOptions& options, const CliIo& io);
int RunGetOperation(const CliOptions& options, const CliIo& io);
int RunResolveOperation(const CliOptions& options, const CliIo& io);

}  // namespace webex_gateway::client
