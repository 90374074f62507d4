#include "server/options_check.h"

#include <arpa/inet.h>
#include <sys/un.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/base/digits.h"
#include "server/base/host_port.h"

namespace webex_gateway {
namespace {

// A name or address literal that can only mean this machine. "localhost" is one by RFC 6761.
bool IsLoopback(absl::string_view host) {
  if (host == "localhost" || host == "[::1]") return true;
  const std::vector<absl::string_view> parts = absl::StrSplit(host, '.');
  return parts.size() == 4 && parts[0] == "127" &&
         absl::c_all_of(parts, [](absl::string_view part) { return ReadDigits(part, 0, 255).has_value(); });
}

// The characters allowed in a URL's path (RFC 3986).
bool IsInPath(char c) { return absl::ascii_isalnum(c) || absl::StrContains("-._~%!$&'()*+,;=:@/", c); }

bool IsUnix(absl::string_view address) { return absl::StartsWith(address, "unix:"); }

// Splits "host:port"; an IPv6 host keeps its brackets. The port is empty if there is none.
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

// A link-local address needs the link (fe80::1%eth0).
bool IsHostToListenOn(absl::string_view text) {
  const size_t zone = text.find('%');
  return zone == absl::string_view::npos ? IsHost(text) : IsHost(absl::StrCat(text.substr(0, zone), "]"));
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
    if (!IsHostToListenOn(host) || port.empty() || !IsPort(port, 0)) {
      Fault("--listen: '", address, "' is neither host:port nor unix:/path");
    } else if (!IsLoopback(host) && options.tls_cert_file.empty() && !allow_plaintext) {
      Fault("--listen: '", address, "' is beyond loopback and calls are not encrypted; set --tls_cert_file, or ",
            "--allow_plaintext if that is intended");
    }
  }
}

void Checker::Addresses(const Options& options) {
  std::vector<std::string> seen;
  for (const std::string& address : options.listen) {
    if (absl::c_linear_search(seen, address)) Fault("--listen: '", address, "' is listed twice");
    if (!absl::EndsWith(address, ":0")) seen.push_back(address);
  }
  if (absl::c_linear_search(seen, options.admin_listen)) {
    Fault("--admin_listen: '", options.admin_listen, "' is also in --listen; each needs its own address");
  }
}

void Checker::UnixPath(absl::string_view address) {
  const absl::string_view path = absl::StripPrefix(address, "unix:");
  if (!absl::StartsWith(path, "/")) Fault("--listen: '", address, "': the path must begin with '/'");
  constexpr size_t kMost = sizeof(sockaddr_un::sun_path) - 1;
  if (path.size() > kMost) Fault("--listen: '", address, "': the path is longer than ", kMost, " bytes");
}

void Checker::Clients(absl::string_view flag, const std::vector<std::string>& names, const Options& options) {
  const bool on_unix = std::any_of(options.listen.begin(), options.listen.end(), IsUnix);
  for (const std::string& name : names) {
    if (name == "unix") {
      if (!on_unix) Fault("--", flag, ": 'unix' needs a unix:/path in --listen");
    } else if (!IsHost(name) && !absl::StrContains(name, "://")) {
      Fault("--", flag, ": '", name, "' is neither a DNS name nor a URI nor 'unix'");
    } else if (options.tls_client_ca_file.empty()) {
      Fault("--", flag, ": '", name, "' can be verified only with --tls_client_ca_file");
    }
  }
}

void Checker::AdminListen(absl::string_view address) {
  const auto [host, port] = HostAndPort(address);
  const bool usable = IsHostToListenOn(host) && !port.empty() && IsPort(port, 0);
  if (!address.empty() && !usable) Fault("--admin_listen: '", address, "' is not host:port");
}

void Checker::AdminNames(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (!IsHost(name)) Fault("--admin_names: '", name, "' is not a host name without a scheme and a port");
  }
}

void Checker::BaseUrl(absl::string_view url) {
  constexpr char kFlag[] = "--webex_base_url";
  const std::optional<absl::string_view> host = Url(kFlag, url);
  if (host && absl::StartsWith(url, "http:") && !IsLoopback(*host)) {
    Fault(kFlag, ": '", url, "' is plain http beyond loopback; the token must not be sent unencrypted");
  }
}

void Checker::Proxy(absl::string_view url, absl::string_view base_url) {
  if (url.empty()) return;
  constexpr char kFlag[] = "--webex_proxy";
  absl::string_view rest = url;
  if (Url(kFlag, url) && (!absl::ConsumePrefix(&rest, "http://") || absl::StrContains(rest, "/"))) {
    Fault(kFlag, ": '", url, "' must be exactly http://host:port; the traffic through it is encrypted");
  }
  if (!absl::StartsWith(base_url, "https:")) Fault(kFlag, ": tunnels need an https --webex_base_url");
}

void Checker::LogLevel(const std::string& level) {
  if (level != "debug" && level != "info" && level != "warning" && level != "error") {
    Fault("--log_level: '", level, "' is not one of debug, info, warning, error");
  }
}

void Checker::LogFormat(const std::string& format) {
  if (format != "json" && format != "text") Fault("--log_format: '", format, "' is neither json nor text");
}

std::optional<absl::string_view> Checker::Url(absl::string_view flag, absl::string_view url) {
  // Checked first, so that no other fault quotes a URL that contains a secret.
  if (url.find_first_of("@?#") != absl::string_view::npos) {
    Fault(flag, ": must not contain credentials, a query or a fragment");
    return std::nullopt;
  }
  absl::string_view rest = url;
  if (!absl::ConsumePrefix(&rest, "https://") && !absl::ConsumePrefix(&rest, "http://")) {
    Fault(flag, ": '", url, "' begins with neither https:// nor http://");
    return std::nullopt;
  }
  const absl::string_view authority = AuthorityOf(url);
  const auto [host, port] = HostAndPort(authority);
  const absl::string_view path = rest.substr(authority.size());
  if (host.size() < authority.size() && !IsPort(port, 1)) {
    Fault(flag, ": '", url, "': the port must be a number from 1 to 65535");
    return std::nullopt;
  }
  if (!IsHost(host) || !std::all_of(path.begin(), path.end(), IsInPath)) {
    Fault(flag, ": '", url, "' is not a URL");
    return std::nullopt;
  }
  return host;
}

}  // namespace webex_gateway
