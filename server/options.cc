#include "server/options.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/webex/access_token.h"
#include "server/webex/oauth_state.h"
#include "server/webex/state_file.h"

ABSL_FLAG(std::string, listen, "127.0.0.1:50051",
          "Where to serve gRPC: host:port or unix:/path, several with commas between. Port 0 takes any free port.");
ABSL_FLAG(bool, allow_plaintext, false,
          "Allow --listen to leave the loopback interface although calls are not encrypted.");
ABSL_FLAG(
    std::string, admin_listen, "127.0.0.1:9464",
    "Where to serve /livez, /readyz, /metrics and, for people, /, in plain HTTP: host:port; empty: nowhere. It shows "
    "counts and states, no order, name or secret, of unknown orders the request id, and takes no command; beyond "
    "loopback, whoever reaches the address may read it, so guard it (a NetworkPolicy, say). Probes: /livez for "
    "liveness, /readyz for readiness alone, since "
    "that fails while Webex does.");
ABSL_FLAG(std::string, webex_base_url, "https://webexapis.com/v1",
          "Where Webex's API is. Plain http is taken only to loopback, for a sandbox.");
ABSL_FLAG(
    std::string, webex_token_file, "",
    "File with the access token for Webex (scope spark-admin:places_write). Read again when it changes. In its place, "
    "the environment variable WEBEX_GATEWAY_WEBEX_TOKEN may hold the token itself; there is no flag for it, since "
    "others on the machine can read a command line.");
ABSL_FLAG(std::string, oauth_client_id_file, "",
          "With the next three: access tokens by OAuth refresh, in place of --webex_token_file. File with the client "
          "id of the "
          "integration or service app. Like the next two it is read again before each refresh.");
ABSL_FLAG(std::string, oauth_client_secret_file, "", "File with the client secret.");
ABSL_FLAG(
    std::string, oauth_refresh_token_file, "",
    "File with the refresh token of an administrator (scope spark-admin:places_write). A new content is used at once "
    "where the last refresh has failed, else from the next one on.");
ABSL_FLAG(
    std::string, oauth_state_file, "",
    "Where the gateway keeps the refresh token that Webex may give in place of yours; made when it is needed, mode "
    "0600. "
    "It must survive a restart and belong to one gateway alone. In Kubernetes: on a persistent volume of the pod's, "
    "since the root file system is lost with the container and often read-only, and a secret's volume always is. With "
    "'none' a new refresh token is kept in memory alone: after a restart a person may have to authorise again.");
ABSL_FLAG(
    std::string, webex_ca_file, "",
    "PEM file with the certificates to trust for Webex, in place of the system's. Verification cannot be turned off.");
ABSL_FLAG(std::string, webex_proxy, "",
          "http://host:port of a proxy that opens tunnels (CONNECT) to Webex, for orders and token calls alike.");
ABSL_FLAG(
    std::string, ledger, "sqlite:/var/lib/webex-gateway/ledger.db",
    "Where every order is on record before it is sent: sqlite:PATH, a file on storage that outlives the process and "
    "that no other gateway uses; postgresql://USER@HOST:PORT/DATABASE?sslmode=verify-full&..., as libpq takes it, "
    "shared by several gateways; or none, and then an order may be sent twice after a crash.");
ABSL_FLAG(
    std::string, ledger_password_file, "",
    "The password for --ledger=postgresql://..., which must not hold one; read for each new connection. Without it "
    "libpq looks in the file that PGPASSFILE names.");
ABSL_FLAG(
    absl::Duration, ledger_retention, absl::Hours(72),
    "How long an operation that has succeeded or failed stays on record, and so can be replayed. One whose outcome "
    "is unknown stays until it is resolved.");
ABSL_FLAG(absl::Duration, default_deadline, absl::Seconds(60),
          "How long a call may take whose caller sets no deadline.");
ABSL_FLAG(
    absl::Duration, attempt_timeout, absl::Seconds(30),
    "How long one attempt at Webex may take. One that has been sent runs on to this limit even where its caller has "
    "gone.");
ABSL_FLAG(int, max_upstream_calls, 64, "How many calls to Webex may be under way at a time; others wait.");
ABSL_FLAG(int, max_queued_calls, 1000, "How many calls may wait; beyond that they are refused (GATEWAY_OVERLOADED).");
ABSL_FLAG(int, max_answer_bytes, 1 << 20,
          "How long the body of an answer of Webex's may be; a longer one counts as lost, and the order as unknown.");
ABSL_FLAG(absl::Duration, drain_timeout, absl::Seconds(25),
          "On SIGTERM or SIGINT, how long calls under way may take to end.");
ABSL_FLAG(std::string, log_level, "info", "Least level to log, on stderr: debug, info, warning or error.");
ABSL_FLAG(bool, check_config, false, "Check the settings, say what is wrong with them, and exit.");
ABSL_FLAG(bool, help, false, "Show this text and exit.");
ABSL_FLAG(bool, version, false, "Show the version and exit.");

namespace webex_gateway {
namespace {

constexpr char kPrefix[] = "WEBEX_GATEWAY_";
constexpr char kTokenVariable[] = "WEBEX_GATEWAY_WEBEX_TOKEN";

std::vector<FlagSection> Sections() {
  const auto flag = [](absl::string_view name) { return absl::FindCommandLineFlag(name); };
  return {
      {"Callers", {flag("listen"), flag("allow_plaintext"), flag("default_deadline")}},
      {"Webex",
       {flag("webex_base_url"), flag("webex_token_file"), flag("oauth_client_id_file"),
        flag("oauth_client_secret_file"), flag("oauth_refresh_token_file"), flag("oauth_state_file"),
        flag("webex_ca_file"), flag("webex_proxy")}},
      {"Ledger", {flag("ledger"), flag("ledger_password_file"), flag("ledger_retention")}},
      {"Limits",
       {flag("attempt_timeout"), flag("max_upstream_calls"), flag("max_queued_calls"), flag("max_answer_bytes")}},
      {"Running",
       {flag("admin_listen"), flag("drain_timeout"), flag("log_level"), flag("check_config"), flag("help"),
        flag("version")}},
  };
}

// Digits alone: absl::SimpleAtoi would also take a sign and white space.
bool IsNumber(absl::string_view text, uint32_t most) {
  uint32_t number = 0;
  return std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isdigit(c); }) &&
         absl::SimpleAtoi(text, &number) && number <= most;
}

bool IsPort(absl::string_view text) { return IsNumber(text, 65535); }

// A name or address literal that can only mean this machine. "localhost" is one by RFC 6761.
bool IsLoopback(absl::string_view host) {
  if (host == "localhost" || host == "[::1]") return true;
  const std::vector<absl::string_view> parts = absl::StrSplit(host, '.');
  return parts.size() == 4 && parts[0] == "127" &&
         std::all_of(parts.begin(), parts.end(), [](absl::string_view part) { return IsNumber(part, 255); });
}

// "host:port" to its halves; the host of an IPv6 address keeps its brackets. Empty where there is no port.
std::pair<absl::string_view, absl::string_view> HostAndPort(absl::string_view text) {
  const size_t colon = text.rfind(':');
  const bool in_brackets = colon != absl::string_view::npos && absl::StrContains(text.substr(colon), "]");
  if (colon == absl::string_view::npos || in_brackets) return {text, ""};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

// A name, an IPv4 address, or an IPv6 address in brackets.
bool IsHost(absl::string_view text) {
  if (absl::ConsumePrefix(&text, "[") && absl::ConsumeSuffix(&text, "]")) {
    in6_addr bytes;
    return inet_pton(AF_INET6, std::string(text).c_str(), &bytes) == 1;
  }
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '-' || c == '.' || c == '_';
  });
}

class Checker {
 public:
  explicit Checker(std::vector<std::string>& faults) : faults_(faults) {}

  void Listen(const std::vector<std::string>& addresses, bool allow_plaintext) {
    if (addresses.empty()) Fault("--listen: no address is given");
    for (const std::string& address : addresses) {
      if (absl::StartsWith(address, "unix:")) {
        if (!absl::StartsWith(address, "unix:/")) Fault("--listen: '", address, "': the path must begin with '/'");
        continue;
      }
      const auto [host, port] = HostAndPort(address);
      if (host.empty() || port.empty() || !IsPort(port)) {
        Fault("--listen: '", address, "' is neither host:port nor unix:/path");
      } else if (!IsLoopback(host) && !allow_plaintext) {
        Fault("--listen: '", address,
              "' is beyond loopback and calls are not encrypted; if that is meant, --allow_plaintext");
      }
    }
  }

  void AdminListen(absl::string_view address) {
    const auto [host, port] = HostAndPort(address);
    const bool usable = !host.empty() && !port.empty() && IsPort(port);
    if (!address.empty() && !usable) Fault("--admin_listen: '", address, "' is not host:port");
  }

  void BaseUrl(absl::string_view url) {
    constexpr char kFlag[] = "--webex_base_url";
    const std::optional<absl::string_view> host = Url(kFlag, url);
    if (host && absl::StartsWith(url, "http:") && !IsLoopback(*host)) {
      Fault(kFlag, ": '", url, "' is plain http beyond loopback; the token must not travel in the clear");
    }
  }

  void Proxy(absl::string_view url, absl::string_view base_url) {
    if (url.empty()) return;
    constexpr char kFlag[] = "--webex_proxy";
    absl::string_view rest = url;
    if (Url(kFlag, url) && (!absl::ConsumePrefix(&rest, "http://") || absl::StrContains(rest, "/"))) {
      Fault(kFlag, ": '", url, "' must be http://host:port and nothing more; what goes through it is encrypted");
    }
    if (!absl::StartsWith(base_url, "https:")) Fault(kFlag, ": tunnels need an https --webex_base_url");
  }

  void Token(const Options& options) {
    std::vector<std::string> sources;
    if (!options.webex_token_file.empty()) sources.emplace_back("--webex_token_file");
    if (!options.webex_token.empty()) sources.emplace_back(kTokenVariable);
    if (options.oauth) sources.emplace_back("--oauth_...");
    if (sources.size() > 1) return Fault(absl::StrJoin(sources, " and "), " are set: which one?");
    if (sources.empty()) {
      return Fault("no access token for Webex: set --webex_token_file, the four --oauth_... files, or ",
                   kTokenVariable);
    }
    if (options.oauth) return OAuth(*options.oauth);
    const absl::Status status = options.webex_token.empty()
                                    ? ReadSecretFile(options.webex_token_file, "the token").status()
                                    : CheckedToken(options.webex_token).status();
    if (!status.ok()) Fault(sources[0], ": ", status.message());
  }

  void OAuth(const OAuthFiles& files) {
    Secret("oauth_client_id_file", files.client_id, "the client id");
    Secret("oauth_client_secret_file", files.client_secret, "the client secret");
    Secret("oauth_refresh_token_file", files.refresh_token, "the refresh token");
    if (absl::GetFlag(FLAGS_oauth_state_file).empty()) {
      Fault("--oauth_state_file: needed with OAuth, on a disk that survives a restart; or 'none', see --help");
    }
    if (files.state.empty()) return;
    if (const absl::Status status = LoadOAuthState(files.state).status(); !status.ok()) {
      return Fault("--oauth_state_file: ", status.message());
    }
    if (const absl::Status status = CheckReplaceable(files.state); !status.ok()) {
      Fault("--oauth_state_file: ", status.message());
    }
  }

  void Secret(absl::string_view flag, const std::string& path, absl::string_view name) {
    if (path.empty()) return Fault("--", flag, ": needed with OAuth");
    const absl::Status status = ReadSecretFile(path, name).status();
    if (!status.ok()) Fault("--", flag, ": ", status.message());
  }

  void Ledger(const std::string& ledger, const std::string& password_file) {
    const bool good = ledger == "none" || (absl::StartsWith(ledger, "sqlite:") && ledger.size() > 7) ||
                      absl::StartsWith(ledger, "postgresql://");
    // Not quoted: it may hold a password.
    if (!good) Fault("--ledger: must be sqlite:PATH, postgresql://... or none");
    if (password_file.empty()) return;
    if (!absl::StartsWith(ledger, "postgresql://")) Fault("--ledger_password_file: only for --ledger=postgresql://...");
    const absl::Status status = ReadSmallFile(password_file).status();
    if (!status.ok()) Fault("--ledger_password_file: ", status.message());
  }

  template <typename T>
  void Between(absl::string_view flag, T value, T least, T most, absl::string_view range) {
    if (value < least || value > most) Fault("--", flag, ": must be ", range);
  }

  void LogLevel(const std::string& level) {
    if (level != "debug" && level != "info" && level != "warning" && level != "error") {
      Fault("--log_level: '", level, "' is none of debug, info, warning, error");
    }
  }

  template <typename... Parts>
  void Fault(const Parts&... parts) {
    faults_.push_back(absl::StrCat(parts...));
  }

 private:
  // The host in an http or https URL without secrets; nothing where it is none.
  std::optional<absl::string_view> Url(absl::string_view flag, absl::string_view url) {
    // First, so that no other fault quotes a URL with a secret in it.
    if (url.find_first_of("@?#") != absl::string_view::npos) {
      Fault(flag, ": credentials, a query and a fragment have no place in it");
      return std::nullopt;
    }
    absl::string_view rest = url;
    if (!absl::ConsumePrefix(&rest, "https://") && !absl::ConsumePrefix(&rest, "http://")) {
      Fault(flag, ": '", url, "' begins with neither https:// nor http://");
      return std::nullopt;
    }
    const absl::string_view authority = rest.substr(0, rest.find('/'));
    const auto [host, port] = HostAndPort(authority);
    const bool odd = std::any_of(rest.begin(), rest.end(), [](unsigned char c) { return !absl::ascii_isgraph(c); });
    if (host.size() < authority.size() && (!IsPort(port) || port == "0")) {
      Fault(flag, ": '", url, "': the port must be a number from 1 to 65535");
      return std::nullopt;
    }
    if (odd || !IsHost(host)) {
      Fault(flag, ": '", url, "' is not a URL");
      return std::nullopt;
    }
    return host;
  }

  std::vector<std::string>& faults_;
};

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

  for (absl::string_view address : absl::StrSplit(absl::GetFlag(FLAGS_listen), ',', absl::SkipWhitespace())) {
    options.listen.emplace_back(absl::StripAsciiWhitespace(address));
  }
  check.Listen(options.listen, absl::GetFlag(FLAGS_allow_plaintext));
  options.admin_listen = absl::GetFlag(FLAGS_admin_listen);
  check.AdminListen(options.admin_listen);
  options.webex_base_url = std::string(absl::StripSuffix(absl::GetFlag(FLAGS_webex_base_url), "/"));
  check.BaseUrl(options.webex_base_url);
  options.webex_token_file = absl::GetFlag(FLAGS_webex_token_file);
  options.webex_token = environment(kTokenVariable).value_or("");
  options.oauth = ReadOAuthFlags();
  check.Token(options);
  options.webex_ca_file = absl::GetFlag(FLAGS_webex_ca_file);
  options.webex_proxy = std::string(absl::StripSuffix(absl::GetFlag(FLAGS_webex_proxy), "/"));
  check.Proxy(options.webex_proxy, options.webex_base_url);

  options.ledger = absl::GetFlag(FLAGS_ledger);
  options.ledger_password_file = absl::GetFlag(FLAGS_ledger_password_file);
  check.Ledger(options.ledger, options.ledger_password_file);
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
  options.drain_timeout = absl::GetFlag(FLAGS_drain_timeout);
  check.Between("drain_timeout", options.drain_timeout, absl::ZeroDuration(), absl::Hours(1), "0 to 1h");
  options.log_level = absl::GetFlag(FLAGS_log_level);
  check.LogLevel(options.log_level);
  return options;
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
      "WEBEX_GATEWAY_LISTEN. The flag wins. Durations: 500ms, 30s, 1m30s. Exit codes: 0 stopped as asked,\n"
      "1 cannot serve (a port in use, say), 2 a setting is wrong.\n\n",
      DescribeFlags(Sections()));
}

}  // namespace webex_gateway
