// Checks the settings: each fault becomes a sentence that names the flag and quotes no secret.
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
  // Checks that the certificate, its key and the callers' authority match.
  void Tls(const Options& options);
  // Checks that each name in this flag's list can be verified.
  void Clients(absl::string_view flag, const std::vector<std::string>& names, const Options& options);
  void AdminListen(absl::string_view address);
  // Checks that no two are the same.
  void Addresses(const Options& options);
  void AdminNames(const std::vector<std::string>& names);
  void BaseUrl(absl::string_view url);
  void Proxy(absl::string_view url, absl::string_view base_url);
  // Checks that there are certificates to trust for Webex. A sandbox over plain http needs none; a given file must be
  // valid.
  void Trust(const Options& options);
  // Checks that there is exactly one source of access tokens, and that its content is valid. `oauth_state` is the flag
  // as given. Returns the token unless it comes from OAuth.
  std::string Token(const Options& options, absl::string_view oauth_state);
  // Returns where the ledger is; unspecified after a fault.
  LedgerPlace Ledger(absl::string_view setting, const std::string& password_file);
  void LogLevel(const std::string& level);
  void LogFormat(const std::string& format);
  // Checks that the process may open enough descriptors: set by the operator too, though not by a flag.
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
  // Checks that the file is not a pipe, which could be read only once. A missing file is reported elsewhere.
  bool Rereadable(absl::string_view flag, const std::string& path);
  void UnixPath(absl::string_view address);
  // The host of an http or https URL without secrets; nothing if it is not such a URL.
  std::optional<absl::string_view> Url(absl::string_view flag, absl::string_view url);

  std::vector<std::string>& faults_;
};

}  // namespace webex_gateway
