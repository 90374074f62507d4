// Which settings can be used: each fault becomes a sentence that names the flag and quotes no secret.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "server/options.h"
#include "server/rpc/server_certificate.h"

namespace webex_gateway {

inline constexpr char kTokenVariable[] = "WEBEX_GATEWAY_WEBEX_TOKEN";

TlsFiles TlsFilesOf(const Options& options);

class Checker {
 public:
  // Appends to `faults`.
  explicit Checker(std::vector<std::string>& faults) : faults_(faults) {}

  void Listen(const Options& options, bool allow_plaintext);
  // That the certificate, its key and the callers' authority fit together.
  void Tls(const Options& options);
  // That each name in the list of this flag can prove itself.
  void Clients(absl::string_view flag, const std::vector<std::string>& names, const Options& options);
  void AdminListen(absl::string_view address);
  // That no two are the same.
  void Addresses(const Options& options);
  void AdminNames(const std::vector<std::string>& names);
  void BaseUrl(absl::string_view url);
  void Proxy(absl::string_view url, absl::string_view base_url);
  // That there is somebody to trust for Webex. A sandbox in plain http needs nobody; a file that is given must be
  // valid.
  void Trust(const Options& options);
  // That there is one source of access tokens, and that it holds what it should. `oauth_state` is the flag as given.
  // Returns the token, unless OAuth brings it.
  std::string Token(const Options& options, absl::string_view oauth_state);
  // Where the ledger is; anywhere, after a fault.
  LedgerPlace Ledger(absl::string_view setting, const std::string& password_file);
  void LogLevel(const std::string& level);
  void LogFormat(const std::string& format);
  // That the process may have enough of them; no flag, but as much a setting of its operator's.
  void Descriptors();

  template <typename T>
  void Between(absl::string_view flag, T value, T least, T most, absl::string_view range) {
    if (value < least || value > most) Fault("--", flag, ": '", Text(value), "' is not within ", range);
  }

  template <typename... Parts>
  void Fault(const Parts&... parts) {
    faults_.push_back(absl::StrCat(parts...));
  }

 private:
  static std::string Text(absl::Duration value) { return absl::FormatDuration(value); }
  static std::string Text(int value) { return absl::StrCat(value); }

  void OAuth(const OAuthFiles& files, absl::string_view state);
  void Secret(absl::string_view flag, const std::string& path, absl::string_view name);
  // That it is no pipe, which could be read once. A path that leads nowhere is another's fault.
  bool Rereadable(absl::string_view flag, const std::string& path);
  void UnixPath(absl::string_view address);
  // The host in an http or https URL without secrets; nothing where it is none.
  std::optional<absl::string_view> Url(absl::string_view flag, absl::string_view url);

  std::vector<std::string>& faults_;
};

}  // namespace webex_gateway
