#include "server/options.h"

#include <utility>

#include "absl/flags/flag.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/options_check.h"

ABSL_FLAG(std::string, listen, "127.0.0.1:50051",
          "Where to serve gRPC: host:port or unix:/path, several with commas between. Port 0 takes any free port.");
ABSL_FLAG(bool, allow_plaintext, false,
          "Allow --listen to leave the loopback interface although calls are not encrypted.");
ABSL_FLAG(
    std::string, tls_cert_file, "",
    "PEM file with the gateway's certificate and the chain below it: every host:port of --listen speaks TLS (1.2 or "
    "later). Like the next two it is read again when it changes. Unix sockets stay as they are: their mode is 0660.");
ABSL_FLAG(std::string, tls_key_file, "", "PEM file with that certificate's private key, not encrypted.");
ABSL_FLAG(std::string, tls_client_ca_file, "",
          "PEM file of who may vouch for callers: each must have a certificate then, and none that could issue others "
          "(CA:TRUE). Without it any caller is served.");
ABSL_FLAG(
    std::string, allowed_clients, "",
    "Who may call: DNS names, and URIs with '://' (spiffe://sp.com/billing), as they stand in the alternative names of "
    "callers' certificates, several with commas between, letter by letter; 'unix' for whoever may open the unix "
    "socket. Empty: every caller.");
ABSL_FLAG(std::string, resolve_clients, "",
          "Who of these may say what became of an order (ResolveOperation), likewise. Empty: every one of them.");
ABSL_FLAG(
    std::string, read_clients, "",
    "Who of these may read every order on record (GetOperation, ListOperations), by the first of the certificate's "
    "alternative names. The others see, and resolve, only what they ordered themselves. Empty: every caller reads "
    "all, users and workspaces included.");
ABSL_FLAG(
    std::string, admin_listen, "127.0.0.1:9464",
    "Where to serve /livez, /readyz, /metrics and, for people, /, in plain HTTP: host:port; empty: nowhere. It shows "
    "counts and states, no order, name or secret, of unknown orders the request id, and takes no command; beyond "
    "loopback, whoever reaches the address may read it, so guard it (a NetworkPolicy, say). Probes: /livez for "
    "liveness, /readyz for readiness alone, since that fails while Webex does.");
ABSL_FLAG(
    std::string, admin_names, "",
    "Names by which the admin port may be asked, several with commas between, besides the host in --admin_listen, "
    "any address and localhost; another name is refused, since it may be that of a page from elsewhere in "
    "somebody's browser. kubelet, and Prometheus where it discovers pods, ask by address.");
ABSL_FLAG(std::string, webex_base_url, "https://webexapis.com/v1",
          "Where Webex's API is. Plain http is taken only to loopback, for a sandbox.");
ABSL_FLAG(std::string, webex_token_file, "",
          "File with the access token for Webex (scope spark-admin:places_write). Read again when it changes; a pipe "
          "is read once. In its place, the environment variable WEBEX_GATEWAY_WEBEX_TOKEN may hold the token itself; "
          "there is no flag for it, since others on the machine can read a command line.");
ABSL_FLAG(std::string, oauth_client_id_file, "",
          "With the next three: access tokens by OAuth refresh, in place of --webex_token_file. File with the client "
          "id of the integration or service app. Like the next two it is read again before each refresh.");
ABSL_FLAG(std::string, oauth_client_secret_file, "", "File with the client secret.");
ABSL_FLAG(
    std::string, oauth_refresh_token_file, "",
    "File with the refresh token of an administrator (scope spark-admin:places_write). A new content is used at once "
    "where the last refresh has failed, else from the next one on.");
ABSL_FLAG(
    std::string, oauth_state_file, "",
    "Where the gateway keeps the refresh token that Webex may give in place of yours; made when it is needed, mode "
    "0600. It must survive a restart and belong to one gateway alone. In Kubernetes: on a persistent volume of the "
    "pod's, since the root file system is lost with the container and often read-only, and a secret's volume always "
    "is. With 'none' a new refresh token is kept in memory alone: after a restart a person may have to authorise "
    "again.");
ABSL_FLAG(
    std::string, webex_ca_file, "",
    "PEM file with the certificates to trust for Webex, read again when it changes. It replaces what the system "
    "trusts, which otherwise counts as it does for every program with OpenSSL: SSL_CERT_FILE and SSL_CERT_DIR, or the "
    "system's own store. To add a company's authority to that, give it to the system (update-ca-certificates) or set "
    "SSL_CERT_FILE. Verification cannot be turned off.");
ABSL_FLAG(std::string, webex_proxy, "",
          "http://host:port of a proxy that opens tunnels (CONNECT) to Webex, for orders and token calls alike.");
ABSL_FLAG(
    std::string, ledger, "sqlite:/var/lib/webex-gateway/ledger.db",
    "Where every order is on record before it is sent: sqlite:PATH, a file on storage that outlives the process and "
    "that no other gateway uses; postgresql://USER@HOST:PORT/DATABASE?sslmode=verify-full&..., as libpq takes it, "
    "shared by several gateways; or none, and then an order may be sent twice after a crash. A server beyond loopback "
    "and unix sockets needs an sslmode (or PGSSLMODE) that does not fall back: verify-full; or, if less is meant, "
    "verify-ca, require or disable.");
ABSL_FLAG(
    std::string, ledger_password_file, "",
    "The password for --ledger=postgresql://..., which must not hold one; read for each new connection. Without it "
    "libpq looks in the file that PGPASSFILE names.");
ABSL_FLAG(absl::Duration, ledger_retention, absl::Hours(72),
          "How long an operation that has succeeded or failed stays on record, and so can be replayed. One to "
          "provision whose outcome is unknown stays until it is resolved.");
ABSL_FLAG(absl::Duration, default_deadline, absl::Seconds(60),
          "How long a call may take whose caller sets no deadline.");
ABSL_FLAG(
    absl::Duration, attempt_timeout, absl::Seconds(30),
    "How long one attempt at Webex may take. One that has been sent runs on to this limit even where its caller has "
    "gone.");
ABSL_FLAG(int, max_upstream_calls, 64, "How many calls to Webex may be under way at a time; others wait.");
ABSL_FLAG(int, max_queued_calls, 1000,
          "How many calls may wait; beyond that they are refused (GATEWAY_OVERLOADED, or WEBEX_RATE_LIMITED while that "
          "is why they wait).");
ABSL_FLAG(int, max_answer_bytes, 1 << 20,
          "How long the body of an answer of Webex's may be; a longer one counts as lost, and the order as unknown.");
ABSL_FLAG(absl::Duration, drain_delay, absl::ZeroDuration(),
          "On SIGTERM, SIGINT or SIGQUIT, how long orders are still taken while /readyz and grpc.health.v1 say already "
          "that the gateway is not ready: the time that load balancers need to hear of it.");
ABSL_FLAG(absl::Duration, drain_timeout, absl::Seconds(35),
          "After that, how long orders under way may take to end; new ones are refused (GATEWAY_STOPPING). At least 2s "
          "more than --attempt_timeout, or what is at Webex then may end unknown.");
ABSL_FLAG(std::string, log_level, "info", "Least level to log, on stderr: debug, info, warning or error.");
ABSL_FLAG(std::string, log_format, "json", "How a line of the log looks: json, for machines, or text, for people.");
ABSL_FLAG(
    bool, check_config, false,
    "Check the settings, and whether a start finds what it needs here (addresses, the ledger's file); say what is "
    "wrong, and what only a start shows; and exit. To be run as the user that will run the gateway.");
ABSL_FLAG(bool, help, false, "Show this text and exit.");
ABSL_FLAG(bool, version, false, "Show the version and exit.");

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
        flag("log_format"), flag("check_config"), flag("help"), flag("version")}},
  };
}

// What stands between the commas.
std::vector<std::string> ItemsOf(const std::string& list) {
  std::vector<std::string> items;
  for (absl::string_view item : absl::StrSplit(list, ',', absl::SkipWhitespace())) {
    items.emplace_back(absl::StripAsciiWhitespace(item));
  }
  return items;
}

// Nothing where none of the flags is set.
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
  // Not quoted: one that was meant as a flag's value may be a secret.
  if (!others.empty()) check.Fault("only flags are expected; arguments beside them: ", others.size());
  Options options;
  options.help = absl::GetFlag(FLAGS_help);
  options.version = absl::GetFlag(FLAGS_version);
  options.check_config = absl::GetFlag(FLAGS_check_config);
  if (options.help || options.version) return options;

  options.listen = ItemsOf(absl::GetFlag(FLAGS_listen));
  options.tls_cert_file = absl::GetFlag(FLAGS_tls_cert_file);
  options.tls_key_file = absl::GetFlag(FLAGS_tls_key_file);
  options.tls_client_ca_file = absl::GetFlag(FLAGS_tls_client_ca_file);
  options.allowed_clients = ItemsOf(absl::GetFlag(FLAGS_allowed_clients));
  options.resolve_clients = ItemsOf(absl::GetFlag(FLAGS_resolve_clients));
  options.read_clients = ItemsOf(absl::GetFlag(FLAGS_read_clients));
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
      "One order is at most one POST that Webex acts on, every failure says what became of it, and every order is on\n"
      "record before it is sent.\n\n"
      "Try it without a Webex account:\n"
      "  webex-sandbox --listen=127.0.0.1:8080 &\n"
      "  WEBEX_GATEWAY_WEBEX_TOKEN=sandbox-token webex-gateway --webex_base_url=http://127.0.0.1:8080/v1 \\\n"
      "      --ledger=sqlite:ledger.db &\n"
      "  webexctl provision --help\n\n"
      "With one:\n"
      "  webex-gateway --webex_token_file=/run/secrets/webex-token\n\n"
      "With one, and tokens that are renewed by themselves:\n"
      "  webex-gateway --oauth_client_id_file=/run/secrets/id --oauth_client_secret_file=/run/secrets/secret \\\n"
      "    --oauth_refresh_token_file=/run/secrets/refresh-token --oauth_state_file=/var/lib/webex-gateway/oauth\n\n"
      "Each flag can also be set in the environment: WEBEX_GATEWAY_ and its name in upper case, for example\n"
      "WEBEX_GATEWAY_LISTEN. The flag wins. A variable with that prefix which is no setting is named at the start.\n"
      "Durations: 500ms, 30s, 1m30s. Exit codes: 0 stopped as asked, 1 cannot serve (a port in use, say), 2 a setting\n"
      "is wrong. Spans are exported by OTLP over gRPC where OpenTelemetry's OTEL_EXPORTER_OTLP_ENDPOINT is set, for\n"
      "example to http://127.0.0.1:4317; its other OTEL_ variables hold, too. A stop takes at most --drain_delay + "
      "--drain_timeout + ",
      absl::FormatDuration(StopLimits().AfterDrain()), ".\n\n", DescribeFlags(Sections()));
}

}  // namespace webex_gateway
