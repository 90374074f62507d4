// webex-gateway: flags, signals, exit codes. The rest is in gateway.h.

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/types/span.h"
#include "google/protobuf/stubs/logging.h"
#include "server/base/private_memory.h"
#include "server/base/standard_streams.h"
#include "server/base/unseen.h"
#include "server/gateway.h"
#include "server/ops/log.h"
#include "server/options.h"
#include "server/start_check.h"

namespace webex_gateway {
namespace {

constexpr int kCannotServe = 1;
constexpr int kBadSettings = 2;
// The signals that ask for a stop.
constexpr int kStopSignals[] = {SIGTERM, SIGINT, SIGQUIT};
// Other signals that servers receive: from a closing terminal, or from people who want files read again or a log
// reopened. By default they would end the process and the orders under way.
constexpr int kIdleSignals[] = {SIGHUP, SIGUSR1, SIGUSR2};

void Print(const std::vector<std::string>& lines, const char* kind = "") {
  for (const std::string& line : lines) {
    std::fprintf(stderr, "webex-gateway: %s%s\n", kind, EscapeUnseen(line, "\n").c_str());
  }
}

int Refuse(const std::vector<std::string>& faults) {
  Print(faults);
  std::fputs("webex-gateway: see webex-gateway --help\n", stderr);
  return kBadSettings;
}

sigset_t SetOf(absl::Span<const int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals) sigaddset(&set, signal);
  return set;
}

// Only main() takes signals, so they are blocked before any other thread begins. Returns those that ask for a stop.
sigset_t BlockSignals() {
  const sigset_t stop = SetOf(kStopSignals);
  const sigset_t idle = SetOf(kIdleSignals);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);
  pthread_sigmask(SIG_BLOCK, &idle, nullptr);
  return stop;
}

// Waits for a signal that asks for a stop.
void WaitForStop(const sigset_t& stop_signals, Log& log) {
  sigset_t all;
  const sigset_t idle = SetOf(kIdleSignals);
  sigorset(&all, &stop_signals, &idle);
  for (int signal = 0;;) {
    sigwait(&all, &signal);
    if (sigismember(&stop_signals, signal) == 1) return;
    log.Info(absl::StrCat("SIG", sigabbrev_np(signal), " is ignored: files are read again automatically when they ",
                          "change, other settings only at start; SIGTERM stops the gateway"));
  }
}

// While it lives, a signal that asks for a stop ends the process at once, with success: no call has been accepted yet,
// and the wait (for a PostgreSQL that does not answer) may be long. No thread may begin meanwhile, as it would not
// block these signals either.
class InterruptibleWait {
 public:
  explicit InterruptibleWait(const sigset_t& stop_signals) : stop_signals_(stop_signals) {
    for (const int signal : kStopSignals) std::signal(signal, [](int) { _exit(EXIT_SUCCESS); });
    pthread_sigmask(SIG_UNBLOCK, &stop_signals_, nullptr);
  }
  InterruptibleWait(const InterruptibleWait&) = delete;
  InterruptibleWait& operator=(const InterruptibleWait&) = delete;
  ~InterruptibleWait() { pthread_sigmask(SIG_BLOCK, &stop_signals_, nullptr); }

 private:
  const sigset_t& stop_signals_;
};

// From now on a signal that asks for a stop ends the process, with the exit code that shells use for it. Not by the
// signal's default action, since process 1 of a container has none.
void ExitAtNextSignal(const sigset_t& stop_signals) {
  for (const int signal : kStopSignals) {
    std::signal(signal, [](int number) { _exit(128 + number); });
  }
  pthread_sigmask(SIG_UNBLOCK, &stop_signals, nullptr);
}

absl::Status Recover(Gateway& gateway, const sigset_t& stop_signals) {
  const InterruptibleWait wait(stop_signals);
  return gateway.Recover();
}

int Serve(const Options& options, const std::vector<std::string>& warnings) {
  const sigset_t stop_signals = BlockSignals();
  Log log({.level = options.log_level, .format = options.log_format}, absl::Now, STDERR_FILENO);
  log.Info(SummaryOf(options));
  for (const std::string& warning : warnings) log.Warn(warning);
  const absl::StatusOr<std::unique_ptr<Gateway>> gateway = Gateway::Create(options, log);
  absl::Status status = gateway.status();
  if (status.ok()) status = Recover(**gateway, stop_signals);
  if (status.ok()) status = (*gateway)->Serve();
  if (!status.ok()) {
    log.Fail(status.message());
    return kCannotServe;
  }
  WaitForStop(stop_signals, log);
  ExitAtNextSignal(stop_signals);
  (*gateway)->Stop();
  return EXIT_SUCCESS;
}

int CheckConfig(const Options& options) {
  const StartCheck check = CheckStart(options);
  if (!check.faults.empty()) return Refuse(check.faults);
  std::printf("webex-gateway: the settings are valid; a stop takes at most %s\n",
              absl::FormatDuration(options.stop.Total()).c_str());
  for (const std::string& what : check.unchecked) {
    std::printf("webex-gateway: not checked: %s\n", EscapeUnseen(what, "\n").c_str());
  }
  return EXIT_SUCCESS;
}

int Main(const std::vector<std::string>& args) {
  std::vector<std::string> faults;
  const Options options = ReadOptions(args, ProcessEnvironment(), faults);
  if (options.help) {
    std::fputs(HelpText().c_str(), stdout);
    return EXIT_SUCCESS;
  }
  if (options.version) {
    std::puts("webex-gateway " WEBEX_GATEWAY_VERSION);
    return EXIT_SUCCESS;
  }
  const std::vector<std::string> warnings = WarningsOf(options, ProcessVariables());
  if (!faults.empty() || options.check_config) Print(warnings, "warning: ");
  if (!faults.empty()) return Refuse(faults);
  if (options.check_config) return CheckConfig(options);
#ifdef NDEBUG
  // gRPC's locks are Abseil's, and Debian's Abseil looks for deadlocks at each.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
#endif
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);  // we report a port in use more briefly
  // The system looks a collector's name up, as it does others: c-ares leaks memory at each lookup of "localhost".
  setenv("GRPC_DNS_RESOLVER", "native", /*overwrite=*/0);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);             // a file at its size limit is reported as a ledger that cannot be written
  google::protobuf::SetLogHandler(nullptr);  // it writes a line for each caller's message that is not UTF-8
  return Serve(options, warnings);
}

}  // namespace
}  // namespace webex_gateway

int main(int argc, char** argv) {
  webex_gateway::HoldStandardStreams();
  webex_gateway::KeepMemoryPrivate();
  try {
    return webex_gateway::Main({argv + 1, argv + argc});
  } catch (const std::system_error& error) {  // for example, no thread can be created
    std::fprintf(stderr, "webex-gateway: cannot serve: %s\n", error.what());
    return webex_gateway::kCannotServe;
  }
}
