// `webexctl operations resolve --from=FILE`: many orders to provision that are UNKNOWN, settled by one word.
#pragma once

#include "client/cli.h"
#include "client/cli_flags.h"

namespace webex_gateway::client {

// Shows what the export says of each; with --yes resolves them so. Returns the exit code.
int RunResolveMany(const CliOptions& options, const CliIo& io);

}  // namespace webex_gateway::client
