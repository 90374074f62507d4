// webexctl: see client/help.cc, or run it with --help.
#include <cstdlib>
#include <iostream>

#include "client/cli.h"
#include "server/base/standard_streams.h"

int main(int argc, char** argv) {
  webex_gateway::HoldStandardStreams();
  // gRPC's own log lines would stand between ours. A GRPC_VERBOSITY that the user has set brings them back.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  return webex_gateway::client::RunCli(
      {argv + 1, argv + argc},
      {std::cin, std::cout, std::cerr, webex_gateway::ProcessEnvironment(), webex_gateway::ProcessVariables()});
}
