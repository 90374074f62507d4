// webex-gateway: the composition root, which with parts.cc alone sees every part. Options, parts, serve, drain.

#include <unistd.h>

#include <boost/asio/post.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "absl/types/span.h"
#include "google/protobuf/stubs/logging.h"
#include "server/base/clock.h"
#include "server/base/private_memory.h"
#include "server/base/standard_streams.h"
#include "server/base/unseen.h"
#include "server/base/uuid.h"
#include "server/http/cpprest/client.h"
#include "server/http/stack.h"
#include "server/http/trust.h"
#include "server/ledger/open.h"
#include "server/ops/admin_server.h"
#include "server/ops/drain.h"
#include "server/ops/history.h"
#include "server/ops/log.h"
#include "server/ops/metrics.h"
#include "server/ops/monitor.h"
#include "server/ops/observers.h"
#include "server/options.h"
#include "server/orders/orders.h"
#include "server/parts.h"
#include "server/rpc/health_service.h"
#include "server/rpc/operation_service.h"
#include "server/rpc/reflection_service.h"
#include "server/rpc/rpc_server.h"
#include "server/rpc/server_certificate.h"
#include "server/rpc/workspace_service.h"
#include "server/webex/errors.h"
#include "server/webex/state_file.h"
#include "server/webex/webex.h"

namespace webex_gateway {
namespace {

constexpr int kCannotServe = 1;
constexpr int kBadSettings = 2;
// At a stop, once no order is under way or the time to drain is over:
constexpr absl::Duration kLastCalls = absl::Seconds(1);  // for calls that are no orders
constexpr absl::Duration kLastRecords = absl::Seconds(1);
constexpr absl::Duration kTokenStopLimit = absl::Seconds(1);
// The signals that ask for a stop.
constexpr int kStopSignals[] = {SIGTERM, SIGINT, SIGQUIT};
// What servers are sent besides: by a terminal that closes, by people who want files read again or a log reopened. They
// would end the process, and with it the orders under way.
constexpr int kIdleSignals[] = {SIGHUP, SIGUSR1, SIGUSR2};
constexpr char kWorkspaceService[] = "webex.broadworks.v1.WorkspaceService";
constexpr char kOperationService[] = "webex.broadworks.v1.OperationService";

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

// Signals are taken by main() alone, so they are blocked before any other thread begins. Those that ask for a stop.
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
    log.Info(absl::StrCat("SIG", sigabbrev_np(signal),
                          " changes nothing: files are read again by themselves when they ",
                          "change, other settings at a start; SIGTERM asks for a stop"));
  }
}

// While it lives, a signal that asks for a stop ends the process at once and well: nothing has been taken yet, and what
// is waited for (a PostgreSQL that does not answer) may take its time. No thread may begin meanwhile, as it would not
// block them either.
class EndAtFirst {
 public:
  explicit EndAtFirst(const sigset_t& stop_signals) : stop_signals_(stop_signals) {
    for (const int signal : kStopSignals) std::signal(signal, [](int) { _exit(EXIT_SUCCESS); });
    pthread_sigmask(SIG_UNBLOCK, &stop_signals_, nullptr);
  }
  EndAtFirst(const EndAtFirst&) = delete;
  EndAtFirst& operator=(const EndAtFirst&) = delete;
  ~EndAtFirst() { pthread_sigmask(SIG_BLOCK, &stop_signals_, nullptr); }

 private:
  const sigset_t& stop_signals_;
};

// From now on a signal that asks for a stop ends the process, with the code that shells give to it. Not by the signal's
// default action, which process 1 of a container does not have.
void EndAtNext(const sigset_t& stop_signals) {
  for (const int signal : kStopSignals) {
    std::signal(signal, [](int number) { _exit(128 + number); });
  }
  pthread_sigmask(SIG_UNBLOCK, &stop_signals, nullptr);
}

// Runs `step` on the loop and waits until it calls `done`, at most for `limit`. False: it has not.
bool RunOnLoop(Loop& loop, absl::Duration limit, std::function<void(std::function<void()> done)> step) {
  const auto ended = std::make_shared<std::promise<void>>();
  boost::asio::post(loop, [ended, step = std::move(step)] { step([ended] { ended->set_value(); }); });
  return ended->get_future().wait_for(absl::ToChronoMilliseconds(limit)) == std::future_status::ready;
}

template <typename T>
Async<void> RunInto(std::shared_ptr<std::promise<T>> result, Async<T> task) {
  result->set_value(co_await std::move(task));
}

// Runs the task that `begin` gives on the loop, to its end. Not for the loop's thread.
template <typename T>
T Await(Loop& loop, std::function<Async<T>()> begin) {
  const auto result = std::make_shared<std::promise<T>>();
  boost::asio::post(loop, [&] { Spawn(loop, RunInto(result, begin())); });
  return result->get_future().get();
}

// Waits until the operations that an earlier life of this gateway left behind are UNKNOWN. An error: they are not.
absl::Status Recover(Loop& loop, Ledger& ledger, Log& log, const sigset_t& stop_signals) {
  const auto count = [&] {
    const EndAtFirst end(stop_signals);
    return Await<absl::StatusOr<int64_t>>(loop, [&ledger] { return ledger.Recover(); });
  }();
  if (count.value_or(0) > 0) {
    log.Warn(absl::StrCat("the ledger has ", *count, " operations that were under way when the gateway last ended: ",
                          "their outcome is unknown until they are resolved"));
  }
  return count.status();
}

void TellReadiness(const std::vector<Check>& failing, Log& log) {
  const auto append = [](std::string* out, const Check& check) {
    absl::StrAppend(out, check.name, ": ", check.trouble);
  };
  if (failing.empty()) {
    log.Info("ready again");
  } else {
    log.Warn(absl::StrCat("not ready: ", absl::StrJoin(failing, "; ", append)));
  }
}

// An operator who has restored the wrong file, or an empty one, sees it here.
void TellLedger(const LedgerCounts& counts, Log& log) {
  const auto append_id = [](std::string* ids, const UnknownOperation& operation) { ids->append(operation.request_id); };
  log.Info(absl::StrCat("on record: ", counts.succeeded, " succeeded, ", counts.failed, " failed, ", counts.unknown,
                        " unknown", counts.oldest_unknown.empty() ? "" : ", the oldest of these ",
                        absl::StrJoin(counts.oldest_unknown, " ", append_id)));
}

int Serve(const Options& options, const std::vector<std::string>& warnings, const sigset_t& stop_signals) {
  Loop& loop = StartCpprestLoop();
  const std::unique_ptr<Clock> clock = SystemClock(loop);
  Log log({.level = options.log_level, .format = options.log_format}, absl::Now, STDERR_FILENO);
  absl::StatusOr<std::unique_ptr<WireClient>> wire =
      CpprestClient(*clock, {.base_url = options.webex_base_url,
                             .attempt_timeout = options.attempt_timeout,
                             .max_answer_bytes = static_cast<size_t>(options.max_answer_bytes),
                             .ca_file = options.webex_ca_file,
                             .tell_trust = TellTrust(log),
                             .proxy = options.webex_proxy});
  if (!wire.ok()) return Refuse({std::string(wire.status().message())});
  for (const std::string& warning : warnings) log.Warn(warning);
  const absl::Time started_at = clock->WallNow();
  Metrics metrics(WEBEX_GATEWAY_VERSION, started_at);
  History history(*clock);
  Observers observers(log, metrics, history);
  absl::BitGen random;
  const std::unique_ptr<HttpClient> refresh_wire = WithTelemetry(**wire, *clock, observers, "refresh");
  std::optional<StateFile> oauth_state;
  if (options.oauth && !options.oauth->state.empty()) oauth_state.emplace(loop, options.oauth->state);
  const std::unique_ptr<TokenSource> tokens =
      TokensFrom(options, loop, *clock, random, *refresh_wire, oauth_state ? &*oauth_state : nullptr, log);
  const AdmissionOptions admission{options.max_upstream_calls, options.max_queued_calls};
  const std::unique_ptr<HttpStack> http =
      BuildStack(**wire, *clock, random, *tokens, RefusesAccessToken, observers, {.admission = admission});
  const absl::StatusOr<std::unique_ptr<Webex>> webex = WebexOverHttp(http->client(), *clock);
  if (!webex.ok()) return Refuse({std::string(webex.status().message())});
  const absl::StatusOr<std::shared_ptr<ServerCertificate>> certificate = CertificateFrom(options, *clock, log);
  if (!certificate.ok()) return Refuse({std::string(certificate.status().message())});
  absl::StatusOr<std::unique_ptr<Ledger>> ledger =
      OpenLedger(LedgerFrom(options, NewUuid(random), log, observers), loop, *clock);
  int exit_code = kCannotServe;
  // Before what it uses, and on the loop, as its timers are the loop's. A disk that hangs is not waited for: nothing
  // that was told anyone is on its way there.
  const absl::Cleanup close_ledger = [&loop, &ledger, &log, &exit_code] {
    const bool closed = RunOnLoop(loop, kLastRecords, [&ledger](const std::function<void()>& done) {
      if (ledger.ok()) ledger->reset();
      done();
    });
    if (closed) return;
    log.Warn("the ledger does not close: does its disk hang?");
    log.Flush();
    std::_Exit(exit_code);
  };
  const absl::Status recovered = ledger.ok() ? Recover(loop, **ledger, log, stop_signals) : ledger.status();
  if (!recovered.ok()) {
    log.Fail(absl::StrCat("--ledger: ", recovered.message()));
    return kCannotServe;
  }
  const auto counts = Await<absl::StatusOr<LedgerCounts>>(loop, [&ledger] { return (*ledger)->Count(); });
  if (counts.ok()) TellLedger(*counts, log);
  if (options.ledger.kind == LedgerKind::kNone) {
    log.Warn("--ledger=none: no order is put on record, so after a crash or a lost answer one may be sent twice");
  }
  Orders orders(loop, *clock, **ledger, **webex, observers, [&random] { return NewUuid(random); });

  RpcServer server(loop, *clock, &metrics, LimitsFrom(options));
  server.CheckCallers(CallerCheckFrom(options, log));
  server.TellFloods([&log](int connections) {
    log.Warn(absl::StrCat("ended ", connections, connections == 1 ? " connection" : " connections",
                          " of callers: they sent headers, resets or pings without end"));
  });
  server.TellFull([&log](const std::string& what) { log.Warn(what); });
  server.TellHandshakes([&log](const std::string& peer, const std::string& why, int64_t failures) {
    log.OnHandshakeFailed(peer, why, failures);
  });
  AddWorkspaceService(server, *clock, orders, observers, random, {options.default_deadline});
  AddOperationService(server, *clock, **ledger, observers, log, random, ReadPolicy(options.read_clients));
  AddReflectionService(
      server, {kWorkspaceService, kOperationService, "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection"});
  HealthService health(server);
  health.Set(kOperationService, true);
  Monitor monitor(*clock, {WEBEX_GATEWAY_VERSION, started_at, std::string(NameOf(options.ledger.kind)), admission},
                  {.stack = [&http] { return http->Status(); },
                   .wire = [&wire] { return (*wire)->counts(); },
                   .token = [&tokens] { return tokens->Health(); },
                   .certificate_expires_in = [&certificate, &clock]() -> std::optional<absl::Duration> {
                     if (*certificate == nullptr) return std::nullopt;
                     return (*certificate)->Current()->expires - clock->WallNow();
                   },
                   .ledger = [&ledger] { return (*ledger)->Health(); },
                   .log_lines_dropped = [&log] { return log.lines_dropped(); },
                   .rpcs = [&server] { return server.use(); },
                   .connections_refused = [&server] { return server.connections_refused(); },
                   .floods_ended = [&server] { return server.floods_ended(); },
                   .handshakes_failed = [&server] { return server.handshakes_failed(); }},
                  metrics, history, health, {kWorkspaceService},
                  [&log](const std::vector<Check>& failing) { TellReadiness(failing, log); });
  absl::StatusOr<std::unique_ptr<AdminServer>> admin = nullptr;
  if (!options.admin_listen.empty())
    admin = StartAdminServer(loop, {.listen = options.admin_listen, .names = options.admin_names}, monitor.Pages());
  const absl::Status started = admin.ok() ? server.Start(options.listen, *certificate) : admin.status();
  if (!started.ok()) {
    log.Fail(started.message());
    return kCannotServe;
  }
  boost::asio::post(loop, [&tokens, &monitor] {
    tokens->Start();
    monitor.Start();
  });
  log.OnServing({.version = WEBEX_GATEWAY_VERSION,
                 .listen = absl::StrJoin(options.listen, ","),
                 .ports = server.ports(),
                 .admin_listen = options.admin_listen,
                 .admin_port = *admin != nullptr ? (*admin)->port() : 0,
                 .webex_base_url = options.webex_base_url});

  WaitForStop(stop_signals, log);
  EndAtNext(stop_signals);
  const DrainSteps steps{
      .not_ready =
          [&monitor, &log] {
            monitor.Drain();
            log.Info("stopping: calls under way may end; another signal ends at once");
          },
      .refuse_orders = [&orders] { orders.RefuseOrders(); },
      .when_idle = [&orders](std::function<void()> then) { orders.WhenIdle(std::move(then)); }};
  const DrainOptions drain{.delay = options.stop.drain_delay, .timeout = options.stop.drain_timeout};
  const bool drained = Await<bool>(loop, [&] { return Drain(*clock, drain, steps); });
  server.Shutdown(drained ? kLastCalls : absl::ZeroDuration());
  // Orders that were given up before they left are on record soon.
  const bool idle = RunOnLoop(loop, kLastRecords,
                              [&orders](std::function<void()> done) { orders.WhenIdle(std::move(done)); });
  if (!idle) {
    log.Warn("stopped with orders under way: their outcome is unknown");
    log.Flush();
    std::_Exit(EXIT_SUCCESS);  // they still use what would be destroyed below
  }
  // A refresh under way may bring a new refresh token, which must not get lost.
  const bool tokens_stopped =
      RunOnLoop(loop, kTokenStopLimit, [&tokens](std::function<void()> done) { tokens->Stop(std::move(done)); });
  log.Info("stopped");
  if (!tokens_stopped) {
    log.Flush();
    std::_Exit(EXIT_SUCCESS);
  }
  exit_code = EXIT_SUCCESS;
  return exit_code;
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
  if (options.check_config) {
    std::printf("webex-gateway: the settings are valid; a stop takes at most %s\n",
                absl::FormatDuration(options.stop.Total()).c_str());
    return EXIT_SUCCESS;
  }
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);  // what it has to say of a port that is taken, we say shorter
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);             // a file that may not grow is a ledger that cannot be written
  google::protobuf::SetLogHandler(nullptr);  // it writes a line for each message of a caller's that is not UTF-8
  return Serve(options, warnings, BlockSignals());
}

}  // namespace
}  // namespace webex_gateway

int main(int argc, char** argv) {
  webex_gateway::HoldStandardStreams();
  webex_gateway::KeepMemoryPrivate();
  try {
    return webex_gateway::Main({argv + 1, argv + argc});
  } catch (const std::system_error& error) {  // no thread can be had, say
    std::fprintf(stderr, "webex-gateway: cannot serve: %s\n", error.what());
    return webex_gateway::kCannotServe;
  }
}
