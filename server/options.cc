#include "server/options.h"

#include <utility>

#include "absl/flags/flag.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/options_check.h"

ABSL_FLAG(std::string, listen, "127.0.0.1:50051",
          "Addresses to serve gRPC on: host:port or unix:/path, comma-separated. Port 0 takes any free port.");
ABSL_FLAG(bool, allow_plaintext, false,
          "Allow --listen beyond the loopback interface although calls are not encrypted.");
ABSL_FLAG(std::string, tls_cert_file, "",
          "PEM file with the gateway's certificate and its chain. With it, every host:port of --listen serves TLS (1.2 "
          "or later). The files of this flag and the next two are read again when they change. Unix sockets stay "
          "without TLS; their mode is 0660.");
ABSL_FLAG(std::string, tls_key_file, "", "PEM file with that certificate's private key, not encrypted.");
ABSL_FLAG(std::string, tls_client_ca_file, "",
          "PEM file with the authorities that issue callers' certificates. With it, every caller needs a certificate, "
          "and one that could issue others (CA:TRUE) is refused. Without it, any caller is served.");
ABSL_FLAG(std::string, allowed_clients, "",
          "Callers that may call, comma-separated: DNS names, or URIs with '://' (spiffe://sp.com/billing), compared "
          "byte for byte with the alternative names in callers' certificates; 'unix' means anyone who can open the "
          "unix socket. Empty: every caller.");
ABSL_FLAG(
    std::string, resolve_clients, "",
    "Which of these callers may resolve an unknown order (ResolveOperation), in the same format. Empty: all of them.");
ABSL_FLAG(std::string, read_clients, "",
          "Which of these callers may read every order on record (GetOperation, ListOperations), compared with the "
          "first alternative name in the certificate. The others see and resolve only their own orders. Empty: every "
          "caller reads everything, including users and workspaces.");
ABSL_FLAG(
    std::string, admin_listen, "127.0.0.1:9464",
    "Address to serve /livez, /readyz, /metrics and, for people, / on, in plain HTTP: host:port; empty: none. These "
    "pages show counts, states and the request ids of unknown orders, but no order, name or secret, and they accept no "
    "commands. Beyond loopback, anyone who reaches the address can read them, so guard it (for example with a "
    "NetworkPolicy). Probes: /livez for liveness, /readyz only for readiness, since it fails while Webex does.");
ABSL_FLAG(std::string, admin_names, "",
          "Host names that requests to the admin port may use, comma-separated, besides the host in --admin_listen, "
          "any IP address and localhost. Other names are refused, since the request may come from another site's page "
          "in someone's browser. kubelet uses addresses, and so does Prometheus where it discovers pods.");
ABSL_FLAG(std::string, webex_base_url, "https://webexapis.com/v1",
          "Base URL of Webex's API. Plain http is accepted only for loopback, for a sandbox.");
ABSL_FLAG(std::string, webex_token_file, "",
          "File with the access token for Webex (scope spark-admin:places_write). It is read again when it changes; a "
          "pipe is read once. Instead, the environment variable WEBEX_GATEWAY_WEBEX_TOKEN may hold the token itself. "
          "There is no flag for the token, since others on the machine can read command lines.");
ABSL_FLAG(std::string, oauth_client_id_file, "",
          "File with the client id of the integration or service app. With this flag and the next three, the gateway "
          "gets access tokens by OAuth refresh instead of from --webex_token_file. The files of this flag and the next "
          "two are read again before each refresh.");
ABSL_FLAG(std::string, oauth_client_secret_file, "", "File with the client secret.");
ABSL_FLAG(std::string, oauth_refresh_token_file, "",
          "File with the refresh token of an administrator (scope spark-admin:places_write). New content is used at "
          "once if the last refresh failed, otherwise from the next refresh on.");
ABSL_FLAG(std::string, oauth_state_file, "",
          "File in which the gateway keeps the refresh token that Webex may issue to replace yours; created when "
          "needed, mode 0600. It must survive a restart, and only one gateway may use it. In Kubernetes, put it on a "
          "persistent volume of the pod: the root file system is lost with the container and often read-only, and a "
          "secret's volume is always read-only. With 'none', a new refresh token is kept only in memory: after a "
          "restart a person may have to authorise again.");
ABSL_FLAG(std::string, webex_ca_file, "",
          "PEM file with the certificates to trust for Webex, read again when it changes. It replaces the system's "
          "trust store, which otherwise applies as in every program that uses OpenSSL: SSL_CERT_FILE and SSL_CERT_DIR, "
          "or the system's own store. To trust a company's authority as well, add it to the system's store "
          "(update-ca-certificates) or set SSL_CERT_FILE. Verification cannot be turned off.");
ABSL_FLAG(std::string, webex_proxy, "",
          "http://host:port of a proxy that opens tunnels (CONNECT) to Webex, for both orders and token calls.");
ABSL_FLAG(std::string, ledger, "sqlite:/var/lib/webex-gateway/ledger.db",
          "Where every order is recorded before it is sent: sqlite:PATH, a file on storage that outlives the process "
          "and that no other gateway uses; postgresql://USER@HOST:PORT/DATABASE?sslmode=verify-full&..., a URL for "
          "libpq, which several gateways may share; or none, with which an order may be sent twice after a crash. A "
          "server beyond loopback and unix sockets needs an sslmode (or PGSSLMODE) without a fallback: verify-full or, "
          "if less is intended, verify-ca, require or disable.");
ABSL_FLAG(std::string, ledger_password_file, "",
          "File with the password for --ledger=postgresql://..., which must not contain one. It is read for each new "
          "connection. Without this flag, libpq reads the file that PGPASSFILE names.");
ABSL_FLAG(absl::Duration, ledger_retention, absl::Hours(72),
          "How long an operation that succeeded or failed stays on record and can be replayed. An order to provision "
          "with an unknown outcome stays until it is resolved.");
ABSL_FLAG(absl::Duration, default_deadline, absl::Seconds(60),
          "How long a call may take if its caller sets no deadline.");
ABSL_FLAG(absl::Duration, attempt_timeout, absl::Seconds(30),
          "How long one attempt at Webex may take. An attempt that has been sent continues up to this limit even after "
          "its caller has gone.");
ABSL_FLAG(int, max_upstream_calls, 64, "Most calls to Webex under way at a time; others wait.");
ABSL_FLAG(int, max_queued_calls, 1000,
          "Most calls that wait at a time; further calls are refused (GATEWAY_OVERLOADED, or WEBEX_RATE_LIMITED while "
          "they wait for Webex's rate limit).");
ABSL_FLAG(int, max_answer_bytes, 1 << 20,
          "Longest body of an answer from Webex. A longer answer counts as lost, and the order as unknown.");
ABSL_FLAG(absl::Duration, drain_delay, absl::ZeroDuration(),
          "After SIGTERM, SIGINT or SIGQUIT: how long the gateway still accepts orders while /readyz and "
          "grpc.health.v1 already report it as not ready, so that load balancers can notice.");
ABSL_FLAG(
    absl::Duration, drain_timeout, absl::Seconds(35),
    "After --drain_delay: how long orders under way may take to finish; new orders are refused (GATEWAY_STOPPING). Set "
    "at least 2s more than --attempt_timeout, or orders that are at Webex by then may end unknown.");
ABSL_FLAG(std::string, log_level, "info", "Lowest level to log, on stderr: debug, info, warning or error.");
ABSL_FLAG(std::string, log_format, "json", "Format of a log line: json, for machines, or text, for people.");
ABSL_FLAG(
    bool, check_config, false,
    "Check the settings, and whether a start would find what it needs on this machine (addresses, the ledger's file); "
    "print what is wrong and what only a start can show, and exit. Run it as the user that will run the gateway.");
ABSL_FLAG(bool, help, false, "Print this text and exit.");
ABSL_FLAG(bool, version, false, "Print the version and exit.");

namespace webex_gateway {
namespace {

constexpr char kPrefix[] = "WEBEX_GATEWAY_";

std::vector<FlagSection> Sections() {
  const auto flag = [](absl::string_view name) { return absl::FindCommandLineFlag(name); };
  return {
      {"Callers",
       {flag("listen"), flag("allow_plaintext"), flag("tls_cert_file"), flag("tls_key_file"),
        flag("tls_client_ca_file"), flag("allowed_clients"), flag("resolve_clients"), flag("read_clients"),
        flag("default_deadline")}},
      {"Webex",
       {flag("webex_base_url"), flag("webex_token_file"), flag("oauth_client_id_file"),
        flag("oauth_client_secret_file"), flag("oauth_refresh_token_file"), flag("oauth_state_file"),
        flag("webex_ca_file"), flag("webex_proxy")}},
      {"Ledger", {flag("ledger"), flag("ledger_password_file"), flag("ledger_retention")}},
      {"Limits",
       {flag("attempt_timeout"), flag("max_upstream_calls"), flag("max_queued_calls"), flag("max_answer_bytes")}},
      {"Running",
       {flag("admin_listen"), flag("admin_names"), flag("drain_delay"), flag("drain_timeout"), flag("log_level"),
        flag("log_format")}},
      {"Instead of serving",
       {flag("check_config"), flag("help"), flag("version")},
       /*help=*/{},
       /*in_environment=*/false},
  };
}

// The comma-separated items, trimmed.
std::vector<std::string> ItemsOf(const std::string& list) {
  std::vector<std::string> items;
  for (absl::string_view item : absl::StrSplit(list, ',', absl::SkipWhitespace())) {
    items.emplace_back(absl::StripAsciiWhitespace(item));
  }
  return items;
}

// Without any item such a list means everyone: then it must have been left empty on purpose.
std::vector<std::string> ReadClients(absl::string_view flag, const std::string& list, Checker& check) {
  std::vector<std::string> clients = ItemsOf(list);
  if (clients.empty() && !list.empty()) check.Fault("--", flag, ": names nobody; leave it empty to admit everyone");
  return clients;
}

// Nothing if none of the flags is set.
std::optional<OAuthFiles> ReadOAuthFlags() {
  const std::string state = absl::GetFlag(FLAGS_oauth_state_file);
  OAuthFiles files{.client_id = absl::GetFlag(FLAGS_oauth_client_id_file),
                   .client_secret = absl::GetFlag(FLAGS_oauth_client_secret_file),
                   .refresh_token = absl::GetFlag(FLAGS_oauth_refresh_token_file),
                   .state = state == "none" ? "" : state};
  const bool none =
      files.client_id.empty() && files.client_secret.empty() && files.refresh_token.empty() && state.empty();
  return none ? std::nullopt : std::optional(std::move(files));
}

}  // namespace

Options ReadOptions(const std::vector<std::string>& args, const Environment& environment,
                    std::vector<std::string>& faults) {
  Checker check(faults);
  const std::vector<std::string> others = ReadFlags(Sections(), kPrefix, environment, args, faults);
  // Not quoted: an argument that was meant as a flag's value may be a secret.
  if (!others.empty()) check.Fault("only flags are expected; other arguments: ", others.size());
  Options options;
  options.help = absl::GetFlag(FLAGS_help);
  options.version = absl::GetFlag(FLAGS_version);
  options.check_config = absl::GetFlag(FLAGS_check_config);
  if (options.help || options.version) return options;

  options.listen = ItemsOf(absl::GetFlag(FLAGS_listen));
  options.tls_cert_file = absl::GetFlag(FLAGS_tls_cert_file);
  options.tls_key_file = absl::GetFlag(FLAGS_tls_key_file);
  options.tls_client_ca_file = absl::GetFlag(FLAGS_tls_client_ca_file);
  options.allowed_clients = ReadClients("allowed_clients", absl::GetFlag(FLAGS_allowed_clients), check);
  options.resolve_clients = ReadClients("resolve_clients", absl::GetFlag(FLAGS_resolve_clients), check);
  options.read_clients = ReadClients("read_clients", absl::GetFlag(FLAGS_read_clients), check);
  check.Listen(options, absl::GetFlag(FLAGS_allow_plaintext));
  check.Tls(options);
  check.Clients("allowed_clients", options.allowed_clients, options);
  check.Clients("resolve_clients", options.resolve_clients, options);
  check.Clients("read_clients", options.read_clients, options);
  options.admin_listen = absl::GetFlag(FLAGS_admin_listen);
  check.AdminListen(options.admin_listen);
  check.Addresses(options);
  options.admin_names = ItemsOf(absl::GetFlag(FLAGS_admin_names));
  check.AdminNames(options.admin_names);
  options.webex_base_url = std::string(absl::StripSuffix(absl::GetFlag(FLAGS_webex_base_url), "/"));
  check.BaseUrl(options.webex_base_url);
  options.webex_token_file = absl::GetFlag(FLAGS_webex_token_file);
  options.webex_token = environment(kTokenVariable).value_or("");
  options.oauth = ReadOAuthFlags();
  options.webex_token = check.Token(options, absl::GetFlag(FLAGS_oauth_state_file));
  options.webex_ca_file = absl::GetFlag(FLAGS_webex_ca_file);
  check.Trust(options);
  options.webex_proxy = std::string(absl::StripSuffix(absl::GetFlag(FLAGS_webex_proxy), "/"));
  check.Proxy(options.webex_proxy, options.webex_base_url);

  options.ledger_password_file = absl::GetFlag(FLAGS_ledger_password_file);
  options.ledger = check.Ledger(absl::GetFlag(FLAGS_ledger), options.ledger_password_file);
  options.ledger_retention = absl::GetFlag(FLAGS_ledger_retention);
  check.Between("ledger_retention", options.ledger_retention, absl::Hours(1), absl::Hours(8760), "1h to 8760h");

  options.default_deadline = absl::GetFlag(FLAGS_default_deadline);
  check.Between("default_deadline", options.default_deadline, absl::Milliseconds(1), absl::Hours(1), "1ms to 1h");
  options.attempt_timeout = absl::GetFlag(FLAGS_attempt_timeout);
  check.Between("attempt_timeout", options.attempt_timeout, absl::Milliseconds(1), absl::Minutes(5), "1ms to 5m");
  options.max_upstream_calls = absl::GetFlag(FLAGS_max_upstream_calls);
  check.Between("max_upstream_calls", options.max_upstream_calls, 1, 10'000, "1 to 10000");
  options.max_queued_calls = absl::GetFlag(FLAGS_max_queued_calls);
  check.Between("max_queued_calls", options.max_queued_calls, 0, 1'000'000, "0 to 1000000");
  options.max_answer_bytes = absl::GetFlag(FLAGS_max_answer_bytes);
  check.Between("max_answer_bytes", options.max_answer_bytes, 1024, 64 << 20, "1024 to 67108864");
  options.stop.drain_delay = absl::GetFlag(FLAGS_drain_delay);
  check.Between("drain_delay", options.stop.drain_delay, absl::ZeroDuration(), absl::Hours(1), "0 to 1h");
  options.stop.drain_timeout = absl::GetFlag(FLAGS_drain_timeout);
  check.Between("drain_timeout", options.stop.drain_timeout, absl::ZeroDuration(), absl::Hours(1), "0 to 1h");
  options.log_level = absl::GetFlag(FLAGS_log_level);
  check.LogLevel(options.log_level);
  options.log_format = absl::GetFlag(FLAGS_log_format);
  check.LogFormat(options.log_format);
  options.otlp = ReadOtlpOptions(environment, faults);
  check.Descriptors();
  return options;
}

std::vector<std::string> UnknownSettings(const Variables& variables) {
  std::vector<std::string> known = VariablesOf(Sections(), kPrefix);
  known.emplace_back(kTokenVariable);
  return UnknownVariables(kPrefix, known, variables);
}

std::string HelpText() {
  return absl::StrCat(
      "webex-gateway: orders Webex (BroadWorks) workspaces over gRPC.\n\n"
      "An order to provision is, under one request id, at most one POST that Webex acts on: unless its caller asks\n"
      "for another (if_unknown: REPEAT) or repeats it after --ledger_retention, someone resolves it wrongly, or the\n"
      "gateway runs with --ledger=none. Updates and removals may be sent again, which does no harm. Every failure\n"
      "reports what became of the order. Every order is recorded before it is sent.\n\n"
      "Try it without a Webex account:\n"
      "  webex-sandbox --listen=127.0.0.1:8080 &\n"
      "  WEBEX_GATEWAY_WEBEX_TOKEN=sandbox-token webex-gateway --webex_base_url=http://127.0.0.1:8080/v1 \\\n"
      "      --ledger=sqlite:ledger.db &\n"
      "  webexctl provision --help\n\n"
      "With a Webex account:\n"
      "  webex-gateway --webex_token_file=/run/secrets/webex-token\n\n"
      "With a Webex account, and tokens that the gateway renews:\n"
      "  webex-gateway --oauth_client_id_file=/run/secrets/id --oauth_client_secret_file=/run/secrets/secret \\\n"
      "    --oauth_refresh_token_file=/run/secrets/refresh-token --oauth_state_file=/var/lib/webex-gateway/oauth\n\n"
      "Each flag but the last three can also be set in the environment: WEBEX_GATEWAY_ and its name in upper case,\n"
      "for example WEBEX_GATEWAY_LISTEN. The flag takes precedence. At start the gateway warns about each variable\n"
      "with that prefix that is not a setting.\n"
      "Durations: 500ms, 30s, 1m30s. Exit codes: 0 stopped on request, 1 cannot serve (for example, a port is in\n"
      "use), 2 a setting is invalid. A stop takes at most --drain_delay + --drain_timeout + ",
      absl::FormatDuration(StopLimits().AfterDrain()),
      ".\nSpans are exported by OTLP over gRPC if OpenTelemetry's OTEL_EXPORTER_OTLP_ENDPOINT is set, for example to\n"
      "http://127.0.0.1:4317; its other OTEL_ variables apply, too.\n\n",
      DescribeFlags(Sections()));
}

}  // namespace webex_gateway
