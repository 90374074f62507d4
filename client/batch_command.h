// webexctl batch.
#pragma once

#include "client/cli.h"
#include "client/cli_flags.h"

namespace webex_gateway::client {

// Sends every order of a file, and returns the exit code.
int RunBatch(const CliOptions& options, const CliIo& io);

}  // namespace webex_gateway::client
