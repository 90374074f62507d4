// webex-sandbox: an emulated Webex. Reads flags, starts the server, and waits for a signal.
#include <pthread.h>
#include <sys/resource.h>

#include <csignal>
#include <iostream>

#include "tests/sandbox/options.h"
#include "tests/sandbox/server.h"
#include "tests/sandbox/world.h"

namespace {

namespace sandbox = webex_gateway::sandbox;

constexpr int kBadUsage = 2;

// Before any thread starts, so that each inherits the mask and the signals wait for sigwait.
sigset_t BlockEndSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

// Many connections should not fail because of the shell's usual limit of 1024 files.
void RaiseFileLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int Run(const sandbox::Options& options) {
  const sigset_t signals = BlockEndSignals();
  RaiseFileLimit();
  sandbox::World world(options.settings, options.seed);
  world.faults.Add(options.faults);
  const auto server = sandbox::Server::Start(options.server, world);
  if (!server.ok()) {
    std::cerr << "webex-sandbox: " << server.status().message() << "\n";
    return 1;
  }
  std::cout << "webex-sandbox listening on " << (*server)->url() << "\n" << std::flush;
  int signal = 0;
  sigwait(&signals, &signal);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> faults;
  const sandbox::Options options =
      sandbox::ReadOptions({argv + 1, argv + argc}, webex_gateway::ProcessEnvironment(), faults);
  if (options.help) {
    std::cout << sandbox::HelpText();
    return 0;
  }
  for (const std::string& fault : faults) std::cerr << "webex-sandbox: " << fault << "\n";
  return faults.empty() ? Run(options) : kBadUsage;
}
