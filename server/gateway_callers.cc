#include "server/gateway_callers.h"

#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/options_check.h"
#include "server/rpc/caller_list.h"
#include "server/rpc/server_certificate.h"

namespace webex_gateway {
namespace {

Limits LimitsOf(const Options& options) {
  // Besides calls that are at Webex or wait for it: callers who wait for another call's order, health watchers,
  // operators.
  constexpr int kOtherCalls = 1000;
  constexpr int kOtherStreams = 100;
  Limits limits;
  limits.max_calls = options.max_upstream_calls + options.max_queued_calls + kOtherCalls;
  limits.max_streams = options.max_upstream_calls + kOtherStreams;  // one caller alone can keep Webex busy
  return limits;
}

CallerCheck CreateCallerCheck(const Options& options, Log& log) {
  return [policy = CallerPolicy(options.allowed_clients, options.resolve_clients), &log](const Peer& peer,
                                                                                         const std::string& method) {
    absl::Status status = policy.Check(peer, method);
    if (!status.ok()) log.OnRefused(peer, method, status);
    return status;
  };
}

}  // namespace

absl::StatusOr<std::shared_ptr<ServerCertificate>> CreateCertificate(const Options& options, const Clock& clock,
                                                                     Log& log) {
  if (options.tls_cert_file.empty()) return nullptr;
  const TlsFiles files = TlsFilesOf(options);
  absl::StatusOr<TlsIdentity> first = ReadTlsFiles(files);
  if (!first.ok()) return first.status();
  const auto tell = [&log](const std::string& what, bool trouble) { log.Report("tls", what, trouble); };
  const CertificateTerm term = TermOf(*first, clock.WallNow());
  tell(term.what, term.trouble);
  return std::make_shared<ServerCertificate>(clock, *std::move(first), [files] { return ReadTlsFiles(files); }, tell);
}

std::string WebexctlOf(const Options& options, const Environment& environment, const std::string& host) {
  const bool in_cluster = environment("KUBERNETES_SERVICE_HOST").has_value();
  std::string command =
      in_cluster ? absl::StrCat("kubectl exec --namespace=… ", host, " --container=webex-gateway -- webexctl")
                 : "webexctl";
  for (const std::string& address : options.listen) {
    if (!absl::StartsWith(address, "unix:")) continue;
    absl::StrAppend(&command, " --address=", address);
    break;
  }
  return command;
}

std::unique_ptr<RpcServer> CreateRpcServer(const Options& options, Loop& loop, Clock& clock, ServerObserver& observer,
                                           Log& log) {
  auto server = std::make_unique<RpcServer>(loop, clock, &observer, LimitsOf(options));
  server->CheckCallers(CreateCallerCheck(options, log));
  server->TellFloods([&log](int connections) {
    log.Warn(absl::StrCat("closed ", connections, connections == 1 ? " connection" : " connections",
                          " of callers: floods of headers, resets or pings"));
  });
  server->TellFull([&log](const std::string& what) { log.Warn(what); });
  server->TellHandshakes([&log](const std::string& peer, const std::string& why, int64_t failures) {
    log.OnHandshakeFailed(peer, why, failures);
  });
  return server;
}

}  // namespace webex_gateway
