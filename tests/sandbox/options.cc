#include "tests/sandbox/options.h"

#include <arpa/inet.h>

#include <optional>
#include <random>

#include "absl/flags/flag.h"
#include "absl/flags/reflection.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "tests/sandbox/help_text.h"

ABSL_FLAG(std::string, listen, "127.0.0.1:8080",
          "Address to listen on: a loopback address and a port; port 0 takes any free port. The address is printed at "
          "start.");
ABSL_FLAG(int, threads, 1, "Number of threads that serve connections.");
ABSL_FLAG(absl::Duration, idle_timeout, absl::Seconds(60), "A connection without traffic for this long is closed.");
ABSL_FLAG(std::string, tls_cert_file, "", "PEM file with the certificate chain, to serve https; needs --tls_key_file.");
ABSL_FLAG(std::string, tls_key_file, "", "PEM file with the private key for --tls_cert_file.");

ABSL_FLAG(std::string, token, "sandbox-token", "A bearer token that is always accepted. Empty: no token is required.");
ABSL_FLAG(absl::Duration, token_lifetime, absl::ZeroDuration(),
          "Lifetime of the access tokens that POST /v1/access_token issues; 0: unlimited.");
ABSL_FLAG(std::string, oauth_client_id, "sandbox-client-id", "The client id that a refresh must contain.");
ABSL_FLAG(std::string, oauth_client_secret, "sandbox-client-secret", "The client secret that a refresh must contain.");
ABSL_FLAG(std::string, refresh_token, "sandbox-refresh-token", "The refresh token that a refresh must contain.");
ABSL_FLAG(bool, rotate_refresh_token, false,
          "Each refresh issues a new refresh token and invalidates the previous one. Otherwise it stays the same.");

ABSL_FLAG(absl::Duration, latency, absl::ZeroDuration(),
          "Delay of every answer of the API. An order takes effect before the delay.");
ABSL_FLAG(absl::Duration, jitter, absl::ZeroDuration(), "Maximum random addition to --latency, uniformly distributed.");
ABSL_FLAG(std::string, limiter, "bucket",
          "How orders are limited: bucket, fixed_window, sliding_window or under_way; see below.");
ABSL_FLAG(double, rate_limit, 0,
          "Orders per second; further orders are answered with 429. 0: no limit, except for under_way.");
ABSL_FLAG(int, burst, 0,
          "bucket: its capacity in orders; 0: one second's worth. under_way: most orders at a time; 0: no limit.");
ABSL_FLAG(absl::Duration, window, absl::Seconds(1), "Length of a window of fixed_window or sliding_window.");
ABSL_FLAG(std::string, retry_after, "1",
          "The Retry-After header of a 429. none: no header; rest: the seconds until an order will be accepted; "
          "date:N: the date in N seconds; anything else is sent unchanged, even if invalid.");
ABSL_FLAG(std::string, fault, "", "Faults to inject, in the JSON that POST /sandbox/faults accepts; see below.");
ABSL_FLAG(uint64_t, seed, 0,
          "Seed of ids and jitter: the same seed gives the same sequence. 0: a random one at each start.");

namespace webex_gateway::sandbox {
namespace {

constexpr int kMostThreads = 64;
constexpr absl::Duration kMostDuration = absl::Hours(24 * 365);

std::vector<FlagSection> Sections() {
  const auto of = [](const auto& flag) {
    return absl::FindCommandLineFlag(absl::GetFlagReflectionHandle(flag).Name());
  };
  return {
      {"Serving",
       {of(FLAGS_listen), of(FLAGS_threads), of(FLAGS_idle_timeout), of(FLAGS_tls_cert_file), of(FLAGS_tls_key_file)}},
      {"Tokens",
       {of(FLAGS_token), of(FLAGS_token_lifetime), of(FLAGS_oauth_client_id), of(FLAGS_oauth_client_secret),
        of(FLAGS_refresh_token), of(FLAGS_rotate_refresh_token)}},
      {"Behaviour",
       {of(FLAGS_latency), of(FLAGS_jitter), of(FLAGS_limiter), of(FLAGS_rate_limit), of(FLAGS_burst), of(FLAGS_window),
        of(FLAGS_retry_after), of(FLAGS_fault), of(FLAGS_seed)}},
  };
}

bool IsLoopback(const std::string& address) {
  in_addr v4;
  in6_addr v6;
  if (inet_pton(AF_INET, address.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  return inet_pton(AF_INET6, address.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

// HOST:PORT, where an IPv6 host is in brackets.
void ReadListen(const std::string& listen, ServerOptions& server, std::vector<std::string>& faults) {
  const size_t colon = listen.rfind(':');
  absl::string_view host = absl::string_view(listen).substr(0, colon);
  const bool has_port = colon != std::string::npos && absl::SimpleAtoi(listen.substr(colon + 1), &server.port) &&
                        server.port >= 0 && server.port <= 65535;
  if (!has_port) faults.push_back(absl::StrCat("--listen: '", listen, "' has no valid port, as in 127.0.0.1:8080"));
  if (absl::ConsumePrefix(&host, "[")) absl::ConsumeSuffix(&host, "]");
  server.address = host == "localhost" ? "127.0.0.1" : std::string(host);
  if (!IsLoopback(server.address)) {
    faults.push_back(absl::StrCat("--listen: '", server.address,
                                  "' is not a loopback address; the sandbox is open to anyone who reaches it"));
  }
}

void CheckDuration(absl::string_view name, absl::Duration value, absl::Duration least,
                   std::vector<std::string>& faults) {
  if (value >= least && value <= kMostDuration) return;
  faults.push_back(absl::StrCat("--", name, ": must be from ", absl::FormatDuration(least), " to ",
                                absl::FormatDuration(kMostDuration), ", not ", absl::FormatDuration(value)));
}

ServerOptions ReadServer(std::vector<std::string>& faults) {
  ServerOptions server;
  ReadListen(absl::GetFlag(FLAGS_listen), server, faults);
  server.threads = absl::GetFlag(FLAGS_threads);
  if (server.threads < 1 || server.threads > kMostThreads) {
    faults.push_back(absl::StrCat("--threads: must be from 1 to ", kMostThreads, ", not ", server.threads));
  }
  server.idle_timeout = absl::GetFlag(FLAGS_idle_timeout);
  CheckDuration("idle_timeout", server.idle_timeout, absl::Milliseconds(10), faults);
  server.tls_cert_file = absl::GetFlag(FLAGS_tls_cert_file);
  server.tls_key_file = absl::GetFlag(FLAGS_tls_key_file);
  if (server.tls_cert_file.empty() != server.tls_key_file.empty()) {
    faults.push_back("--tls_cert_file and --tls_key_file: give both or neither");
  }
  return server;
}

Limit ReadLimit(std::vector<std::string>& faults) {
  Limit limit;
  const std::string name = absl::GetFlag(FLAGS_limiter);
  const std::optional<LimiterKind> kind = LimiterKindOf(name);
  limit.kind = kind.value_or(limit.kind);
  if (!kind) faults.push_back(absl::StrCat("--limiter: '", name, "' is unknown; see --help"));
  limit.per_second = absl::GetFlag(FLAGS_rate_limit);
  if (!(limit.per_second >= 0 && limit.per_second <= 1e9)) {
    faults.push_back(absl::StrCat("--rate_limit: must be from 0 to 1e9, not ", limit.per_second));
  }
  limit.burst = absl::GetFlag(FLAGS_burst);
  if (limit.burst < 0) faults.push_back(absl::StrCat("--burst: must be at least 0, not ", limit.burst));
  limit.window = absl::GetFlag(FLAGS_window);
  CheckDuration("window", limit.window, absl::Milliseconds(1), faults);
  return limit;
}

Settings ReadSettings(std::vector<std::string>& faults) {
  Settings settings;
  settings.latency = absl::GetFlag(FLAGS_latency);
  settings.jitter = absl::GetFlag(FLAGS_jitter);
  settings.token_lifetime = absl::GetFlag(FLAGS_token_lifetime);
  CheckDuration("latency", settings.latency, absl::ZeroDuration(), faults);
  CheckDuration("jitter", settings.jitter, absl::ZeroDuration(), faults);
  CheckDuration("token_lifetime", settings.token_lifetime, absl::ZeroDuration(), faults);
  settings.limit = ReadLimit(faults);
  settings.retry_after = absl::GetFlag(FLAGS_retry_after);
  settings.token = absl::GetFlag(FLAGS_token);
  settings.client_id = absl::GetFlag(FLAGS_oauth_client_id);
  settings.client_secret = absl::GetFlag(FLAGS_oauth_client_secret);
  settings.refresh_token = absl::GetFlag(FLAGS_refresh_token);
  settings.rotate_refresh_token = absl::GetFlag(FLAGS_rotate_refresh_token);
  return settings;
}

std::vector<Fault> ReadFaults(std::vector<std::string>& faults) {
  const std::string json = absl::GetFlag(FLAGS_fault);
  if (json.empty()) return {};
  absl::StatusOr<std::vector<Fault>> parsed = ParseFaults(json);
  if (parsed.ok()) return *std::move(parsed);
  faults.push_back(absl::StrCat("--fault: ", parsed.status().message()));
  return {};
}

uint64_t SeedOr(uint64_t seed) {
  if (seed != 0) return seed;
  std::random_device device;
  return uint64_t{device()} << 32 | device() | 1;
}

}  // namespace

Options ReadOptions(const std::vector<std::string>& args, const Environment& environment,
                    std::vector<std::string>& faults) {
  Options options;
  std::vector<std::string> rest;
  for (const std::string& arg : args) {
    const bool is_help = arg == "--help" || arg == "-h";
    options.help |= is_help;
    if (!is_help) rest.push_back(arg);
  }
  for (const std::string& extra : ReadFlags(Sections(), "WEBEX_SANDBOX_", environment, rest, faults)) {
    faults.push_back(absl::StrCat("'", extra, "': only flags are accepted"));
  }
  options.server = ReadServer(faults);
  options.settings = ReadSettings(faults);
  options.faults = ReadFaults(faults);
  options.seed = SeedOr(absl::GetFlag(FLAGS_seed));
  return options;
}

std::string HelpText() { return absl::StrCat(kHelpBefore, DescribeFlags(Sections()), kHelpAfter); }

}  // namespace webex_gateway::sandbox
