// `webexctl operations resolve --from=FILE`: resolves many orders to provision that are UNKNOWN by one file.
#pragma once

#include "client/cli.h"
#include "client/cli_flags.h"

namespace webex_gateway::client {

// Prints what the export shows for each; with --yes resolves them accordingly. Returns the exit code.
int RunResolveMany(const CliOptions& options, const CliIo& io);

}  // namespace webex_gateway::client
