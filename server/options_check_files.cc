// Checks the settings that name files, the content of these files, and the machine's limits.

#include <array>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "server/http/trust.h"
#include "server/options_check.h"
#include "server/rpc/acceptor.h"
#include "server/webex/access_token.h"
#include "server/webex/oauth_state.h"
#include "server/webex/state_file.h"

namespace webex_gateway {

TlsFiles TlsFilesOf(const Options& options) {
  return {options.tls_cert_file, options.tls_key_file, options.tls_client_ca_file};
}

namespace {

// The flag of the file that the error names first.
absl::string_view TlsFlagOf(const Options& options, absl::string_view error) {
  const std::pair<absl::string_view, const std::string&> files[] = {{"tls_cert_file", options.tls_cert_file},
                                                                    {"tls_key_file", options.tls_key_file},
                                                                    {"tls_client_ca_file", options.tls_client_ca_file}};
  const auto place_of = [error](const auto& file) {
    return file.second.empty() ? absl::string_view::npos : error.find(file.second);
  };
  const auto* named =
      absl::c_min_element(files, [&](const auto& a, const auto& b) { return place_of(a) < place_of(b); });
  return named->first;
}

}  // namespace

void Checker::Tls(const Options& options) {
  const std::array rereadable = {Rereadable("tls_cert_file", options.tls_cert_file),
                                 Rereadable("tls_key_file", options.tls_key_file),
                                 Rereadable("tls_client_ca_file", options.tls_client_ca_file)};
  if (options.tls_cert_file.empty() != options.tls_key_file.empty()) {
    Fault("--tls_cert_file and --tls_key_file: a certificate needs its key, and a key its certificate");
  }
  if (!options.tls_client_ca_file.empty() && options.tls_cert_file.empty()) {
    Fault("--tls_client_ca_file: needs --tls_cert_file");
  }
  if (options.tls_cert_file.empty() || options.tls_key_file.empty()) return;
  if (absl::c_linear_search(rereadable, false)) return;  // reading a pipe could block forever
  const absl::Status status = ReadTlsFiles(TlsFilesOf(options)).status();
  if (!status.ok()) Fault("--", TlsFlagOf(options, status.message()), ": ", status.message());
}

void Checker::Trust(const Options& options) {
  const std::string& file = options.webex_ca_file;
  if (!Rereadable("webex_ca_file", file)) return;
  if (file.empty() && !absl::StartsWith(options.webex_base_url, "https:")) return;
  const absl::Status status = CheckTrust(file);
  if (status.ok()) return;
  if (!file.empty()) return Fault("--webex_ca_file: ", status.message());
  Fault(status.message(), "; install ca-certificates, or set --webex_ca_file or SSL_CERT_FILE");
}

std::string Checker::Token(const Options& options, absl::string_view oauth_state) {
  std::vector<std::string> sources;
  if (!options.webex_token_file.empty()) sources.emplace_back("--webex_token_file");
  if (!options.webex_token.empty()) sources.emplace_back(kTokenVariable);
  if (options.oauth) sources.emplace_back("--oauth_...");
  if (sources.size() > 1) Fault(absl::StrJoin(sources, " and "), " are set; set only one");
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
  Fault("--", flag, ": ", path, " is a pipe, but the gateway reads it more than once");
  return false;
}

void Checker::OAuth(const OAuthFiles& files, absl::string_view state) {
  Secret("oauth_client_id_file", files.client_id, "the client id");
  Secret("oauth_client_secret_file", files.client_secret, "the client secret");
  Secret("oauth_refresh_token_file", files.refresh_token, "the refresh token");
  if (state.empty()) {
    Fault("--oauth_state_file: required with OAuth: a file on a disk that survives a restart, or 'none' (see --help)");
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
  if (path.empty()) return Fault("--", flag, ": required with OAuth");
  if (!Rereadable(flag, path)) return;
  const absl::Status status = ReadSecretFile(path, name).status();
  if (!status.ok()) Fault("--", flag, ": ", status.message());
}

LedgerPlace Checker::Ledger(absl::string_view setting, const std::string& password_file) {
  const absl::StatusOr<LedgerPlace> place = ParseLedgerPlace(setting);
  if (!place.ok()) Fault("--ledger: ", place.status().message());
  if (place.ok() && place->kind != LedgerKind::kPostgresql && !password_file.empty()) {
    Fault("--ledger_password_file: only for --ledger=postgresql://...");
  }
  if (!password_file.empty() && Rereadable("ledger_password_file", password_file)) {
    const absl::Status status = ReadSmallFile(password_file).status();
    if (!status.ok()) Fault("--ledger_password_file: ", status.message());
  }
  return place.value_or(LedgerPlace());
}

void Checker::Descriptors() {
  if (const absl::Status status = CheckDescriptors(); !status.ok()) Fault(status.message());
}

}  // namespace webex_gateway
