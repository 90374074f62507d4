#include "server/options_check.h"

#include <arpa/inet.h>
#include <sys/un.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/webex/access_token.h"
#include "server/webex/oauth_state.h"
#include "server/webex/state_file.h"

namespace webex_gateway {
namespace {

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

bool IsUnix(absl::string_view address) { return absl::StartsWith(address, "unix:"); }

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

}  // namespace

void Checker::Listen(const Options& options, bool allow_plaintext) {
  if (options.listen.empty()) Fault("--listen: no address is given");
  for (const std::string& address : options.listen) {
    if (IsUnix(address)) {
      UnixPath(address);
      continue;
    }
    const auto [host, port] = HostAndPort(address);
    if (host.empty() || port.empty() || !IsPort(port)) {
      Fault("--listen: '", address, "' is neither host:port nor unix:/path");
    } else if (!IsLoopback(host) && options.tls_cert_file.empty() && !allow_plaintext) {
      Fault("--listen: '", address, "' is beyond loopback and calls are not encrypted; set --tls_cert_file, or, if ",
            "that is meant, --allow_plaintext");
    }
  }
}

void Checker::UnixPath(absl::string_view address) {
  const absl::string_view path = absl::StripPrefix(address, "unix:");
  if (!absl::StartsWith(path, "/")) Fault("--listen: '", address, "': the path must begin with '/'");
  constexpr size_t kMost = sizeof(sockaddr_un::sun_path) - 1;
  if (path.size() > kMost) Fault("--listen: '", address, "': the path is longer than ", kMost, " bytes");
}

void Checker::Tls(const Options& options) {
  Rereadable("tls_cert_file", options.tls_cert_file);
  Rereadable("tls_key_file", options.tls_key_file);
  Rereadable("tls_client_ca_file", options.tls_client_ca_file);
  if (options.tls_cert_file.empty() != options.tls_key_file.empty()) {
    Fault("--tls_cert_file and --tls_key_file: a certificate needs its key, and a key its certificate");
  }
  if (!options.tls_client_ca_file.empty() && options.tls_cert_file.empty()) {
    Fault("--tls_client_ca_file: needs --tls_cert_file");
  }
}

void Checker::Clients(absl::string_view flag, const std::vector<std::string>& names, const Options& options) {
  const bool on_unix = std::any_of(options.listen.begin(), options.listen.end(), IsUnix);
  for (const std::string& name : names) {
    if (name == "unix") {
      if (!on_unix) Fault("--", flag, ": 'unix' needs a unix:/path in --listen");
    } else if (!IsHost(name) && !absl::StrContains(name, "://")) {
      Fault("--", flag, ": '", name, "' is neither a DNS name nor a URI nor 'unix'");
    } else if (options.tls_client_ca_file.empty()) {
      Fault("--", flag, ": '", name, "' can prove itself only with --tls_client_ca_file");
    }
  }
}

void Checker::AdminListen(absl::string_view address) {
  const auto [host, port] = HostAndPort(address);
  const bool usable = !host.empty() && !port.empty() && IsPort(port);
  if (!address.empty() && !usable) Fault("--admin_listen: '", address, "' is not host:port");
}

void Checker::AdminNames(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (!IsHost(name)) Fault("--admin_names: '", name, "' is not a name; it has neither a scheme nor a port");
  }
}

void Checker::BaseUrl(absl::string_view url) {
  constexpr char kFlag[] = "--webex_base_url";
  const std::optional<absl::string_view> host = Url(kFlag, url);
  if (host && absl::StartsWith(url, "http:") && !IsLoopback(*host)) {
    Fault(kFlag, ": '", url, "' is plain http beyond loopback; the token must not travel in the clear");
  }
}

void Checker::Proxy(absl::string_view url, absl::string_view base_url) {
  if (url.empty()) return;
  constexpr char kFlag[] = "--webex_proxy";
  absl::string_view rest = url;
  if (Url(kFlag, url) && (!absl::ConsumePrefix(&rest, "http://") || absl::StrContains(rest, "/"))) {
    Fault(kFlag, ": '", url, "' must be http://host:port and nothing more; what goes through it is encrypted");
  }
  if (!absl::StartsWith(base_url, "https:")) Fault(kFlag, ": tunnels need an https --webex_base_url");
}

std::string Checker::Token(const Options& options, absl::string_view oauth_state) {
  std::vector<std::string> sources;
  if (!options.webex_token_file.empty()) sources.emplace_back("--webex_token_file");
  if (!options.webex_token.empty()) sources.emplace_back(kTokenVariable);
  if (options.oauth) sources.emplace_back("--oauth_...");
  if (sources.size() > 1) Fault(absl::StrJoin(sources, " and "), " are set: which one?");
  if (sources.empty()) {
    Fault("no access token for Webex: set --webex_token_file, the four --oauth_... files, or ", kTokenVariable);
  }
  if (sources.size() != 1) return "";
  if (options.oauth) {
    OAuth(*options.oauth, oauth_state);
    return "";
  }
  const absl::StatusOr<std::string> token = options.webex_token.empty()
                                                ? ReadSecretFile(options.webex_token_file, "the token")
                                                : CheckedToken(options.webex_token);
  if (!token.ok()) Fault(sources[0], ": ", token.status().message());
  return token.value_or("");
}

bool Checker::Rereadable(absl::string_view flag, const std::string& path) {
  if (path.empty() || IsRereadable(path)) return true;
  Fault("--", flag, ": ", path, " is a pipe, and it is read more than once");
  return false;
}

void Checker::OAuth(const OAuthFiles& files, absl::string_view state) {
  Secret("oauth_client_id_file", files.client_id, "the client id");
  Secret("oauth_client_secret_file", files.client_secret, "the client secret");
  Secret("oauth_refresh_token_file", files.refresh_token, "the refresh token");
  if (state.empty()) {
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

void Checker::Secret(absl::string_view flag, const std::string& path, absl::string_view name) {
  if (path.empty()) return Fault("--", flag, ": needed with OAuth");
  if (!Rereadable(flag, path)) return;
  const absl::Status status = ReadSecretFile(path, name).status();
  if (!status.ok()) Fault("--", flag, ": ", status.message());
}

void Checker::Ledger(const std::string& ledger, const std::string& password_file) {
  const bool good = ledger == "none" || (absl::StartsWith(ledger, "sqlite:") && ledger.size() > 7) ||
                    absl::StartsWith(ledger, "postgresql://");
  // Not quoted: it may hold a password.
  if (!good) Fault("--ledger: must be sqlite:PATH, postgresql://... or none");
  if (password_file.empty()) return;
  if (!absl::StartsWith(ledger, "postgresql://")) Fault("--ledger_password_file: only for --ledger=postgresql://...");
  if (!Rereadable("ledger_password_file", password_file)) return;
  const absl::Status status = ReadSmallFile(password_file).status();
  if (!status.ok()) Fault("--ledger_password_file: ", status.message());
}

void Checker::LogLevel(const std::string& level) {
  if (level != "debug" && level != "info" && level != "warning" && level != "error") {
    Fault("--log_level: '", level, "' is none of debug, info, warning, error");
  }
}

void Checker::LogFormat(const std::string& format) {
  if (format != "json" && format != "text") Fault("--log_format: '", format, "' is neither json nor text");
}

std::optional<absl::string_view> Checker::Url(absl::string_view flag, absl::string_view url) {
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

}  // namespace webex_gateway
