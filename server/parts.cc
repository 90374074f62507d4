#include "server/parts.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/ops/process.h"
#include "server/options_check.h"
#include "server/rpc/caller_list.h"
#include "server/rpc/server_certificate.h"
#include "server/webex/access_token.h"
#include "server/webex/oauth_state.h"
#include "server/webex/oauth_token.h"

namespace webex_gateway {
namespace {

absl::StatusOr<OAuthCredentials> ReadOAuthFiles(const OAuthFiles& files) {
  absl::StatusOr<std::string> id = ReadSecretFile(files.client_id, "the client id");
  if (!id.ok()) return id.status();
  absl::StatusOr<std::string> secret = ReadSecretFile(files.client_secret, "the client secret");
  if (!secret.ok()) return secret.status();
  absl::StatusOr<std::string> refresh_token = ReadSecretFile(files.refresh_token, "the refresh token");
  if (!refresh_token.ok()) return refresh_token.status();
  return OAuthCredentials{*std::move(id), *std::move(secret), *std::move(refresh_token)};
}

OAuthPorts OAuthPortsFrom(const OAuthFiles& files, StateFile* state, Log& log) {
  OAuthPorts ports;
  ports.read = [files] { return ReadOAuthFiles(files); };
  ports.tell = [&log](absl::string_view what, bool trouble) {
    const std::string line = absl::StrCat("oauth: ", what);
    trouble ? log.Warn(line) : log.Info(line);
  };
  if (state == nullptr) {
    log.Warn("--oauth_state_file=none: a refresh token that Webex gives is lost with this process");
    return ports;
  }
  ports.saved = LoadOAuthState(files.state).value_or(std::nullopt);
  ports.save = [state](std::string content, std::function<void(absl::Status)> done) {
    state->Save(std::move(content), std::move(done));
  };
  return ports;
}

std::unique_ptr<TokenSource> FileToken(const Options& options, Clock& clock, Log& log) {
  if (!IsRereadable(options.webex_token_file)) {
    log.Info("--webex_token_file: it is a pipe, so it was read for the only time");
    return FixedToken(options.webex_token);
  }
  const auto read = [path = options.webex_token_file] { return ReadSmallFile(path); };
  return RereadToken(clock, options.webex_token, read, [&log](const absl::Status& status) {
    if (status.ok()) {
      log.Info("--webex_token_file: a good token again");
    } else {
      log.Warn(absl::StrCat("--webex_token_file: ", status.message(), "; the last good token stays in use"));
    }
  });
}

}  // namespace

std::unique_ptr<TokenSource> TokensFrom(const Options& options, Loop& loop, Clock& clock, absl::BitGenRef random,
                                        HttpClient& wire, StateFile* state, Log& log) {
  if (options.oauth) return OAuthToken(loop, clock, random, wire, OAuthPortsFrom(*options.oauth, state, log));
  if (!options.webex_token_file.empty()) return FileToken(options, clock, log);
  return FixedToken(options.webex_token);
}

Trust::Tell TellTrust(Log& log) {
  return [&log](const std::string& what, bool trouble) {
    const std::string line = absl::StrCat("tls to Webex: ", what);
    trouble ? log.Warn(line) : log.Info(line);
  };
}

LedgerOptions LedgerFrom(const Options& options, std::string gateway_id, Log& log, Observers& observers) {
  LedgerOptions ledger{.place = options.ledger,
                       .retention = options.ledger_retention,
                       .gateway_id = std::move(gateway_id),
                       .host = HostName()};
  if (!options.ledger_password_file.empty()) {
    ledger.password = [path = options.ledger_password_file] { return ReadSmallFile(path); };
  }
  ledger.observer.committed = [&observers](bool ok, absl::Duration took) { observers.OnCommit(ok, took); };
  ledger.observer.noticed = [&log](const std::string& words) { log.Warn(absl::StrCat("--ledger: ", words)); };
  ledger.observer.changed = [&log](const absl::Status& status) {
    if (status.ok()) {
      log.Info("--ledger: orders can be put on record again");
    } else {
      log.Warn(absl::StrCat("--ledger: no order can be put on record, so all are refused: ", status.message()));
    }
  };
  return ledger;
}

Limits LimitsFrom(const Options& options) {
  // Beside those that are at Webex or wait to be: callers who wait for another's order, watchers of health, operators.
  constexpr int kOtherCalls = 1000;
  constexpr int kOtherStreams = 100;
  Limits limits;
  limits.max_calls = options.max_upstream_calls + options.max_queued_calls + kOtherCalls;
  limits.max_streams = options.max_upstream_calls + kOtherStreams;  // one caller alone can keep Webex busy
  return limits;
}

absl::StatusOr<std::shared_ptr<ServerCertificate>> CertificateFrom(const Options& options, const Clock& clock,
                                                                   Log& log) {
  if (options.tls_cert_file.empty()) return nullptr;
  const TlsFiles files = TlsFilesOf(options);
  absl::StatusOr<TlsIdentity> first = ReadTlsFiles(files);
  if (!first.ok()) return first.status();
  const auto tell = [&log](const std::string& what, bool trouble) {
    const std::string line = absl::StrCat("tls: ", what);
    trouble ? log.Warn(line) : log.Info(line);
  };
  const CertificateTerm term = TermOf(*first, clock.WallNow());
  tell(term.what, term.trouble);
  return std::make_shared<ServerCertificate>(clock, *std::move(first), [files] { return ReadTlsFiles(files); }, tell);
}

CallerCheck CallerCheckFrom(const Options& options, Log& log) {
  return [policy = CallerPolicy(options.allowed_clients, options.resolve_clients), &log](const Peer& peer,
                                                                                         const std::string& method) {
    absl::Status status = policy.Check(peer, method);
    if (!status.ok()) log.OnRefused(peer, method, status);
    return status;
  };
}

}  // namespace webex_gateway
