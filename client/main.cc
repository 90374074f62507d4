// webexctl: see client/help.cc, or run it with --help.
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "client/cli.h"
#include "server/base/standard_streams.h"

namespace {

// The width of the terminal that a standard stream is; 0: it is none.
size_t TerminalColumns(int stream) {
  struct winsize size = {};
  if (isatty(stream) == 0) return 0;
  const bool is_known = ioctl(stream, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return is_known ? size.ws_col : 80;
}

}  // namespace

int main(int argc, char** argv) {
  webex_gateway::HoldStandardStreams();
  // gRPC's own log lines would mix with ours. Setting GRPC_VERBOSITY brings them back.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  return webex_gateway::client::RunCli(
      {argv + 1, argv + argc},
      {std::cin, std::cout, std::cerr, webex_gateway::ProcessEnvironment(), webex_gateway::ProcessVariables(),
       TerminalColumns(STDERR_FILENO), TerminalColumns(STDOUT_FILENO)});
}
