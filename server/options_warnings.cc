#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/base/exposure.h"
#include "server/options.h"
#include "server/options_check.h"
#include "server/webex/access_token.h"

namespace webex_gateway {
namespace {

void WarnOfExposure(absl::string_view flag, const std::string& path, FileKind kind,
                    std::vector<std::string>& warnings) {
  const std::string exposure = path.empty() ? "" : ExposureOf(path, kind);
  if (!exposure.empty()) warnings.push_back(absl::StrCat("--", flag, ": ", path, ": ", exposure));
}

void WarnOfExposures(const Options& options, std::vector<std::string>& warnings) {
  const auto secret = [&warnings](absl::string_view flag, const std::string& path) {
    WarnOfExposure(flag, path, FileKind::kSecret, warnings);
  };
  secret("tls_key_file", options.tls_key_file);
  secret("webex_token_file", options.webex_token_file);
  if (options.oauth) {
    WarnOfExposure("oauth_client_id_file", options.oauth->client_id, FileKind::kData, warnings);
    secret("oauth_client_secret_file", options.oauth->client_secret);
    secret("oauth_refresh_token_file", options.oauth->refresh_token);
    secret("oauth_state_file", options.oauth->state);
  }
  secret("ledger_password_file", options.ledger_password_file);
  WarnOfExposure("ledger", options.ledger.path, FileKind::kData, warnings);
}

void WarnOfCertificate(const TlsFiles& files, std::vector<std::string>& warnings) {
  for (const std::string& file : {files.certificate, files.key, files.client_ca}) {
    if (!IsRereadable(file)) return;  // a fault already; reading it could block forever
  }
  const absl::StatusOr<TlsIdentity> identity = ReadTlsFiles(files);
  if (!identity.ok()) return;  // a fault already, or no TLS
  const CertificateTerm term = TermOf(*identity, absl::Now());
  if (term.trouble) warnings.push_back(absl::StrCat("tls: ", term.what));
}

void WarnOfShortDrain(const Options& options, std::vector<std::string>& warnings) {
  const absl::Duration least = StopLimits::LeastDrain(options.attempt_timeout);
  if (options.stop.drain_timeout >= least) return;
  warnings.push_back(
      absl::StrCat("--drain_timeout: ", absl::FormatDuration(options.stop.drain_timeout),
                   " is too short for --attempt_timeout, ", absl::FormatDuration(options.attempt_timeout),
                   ": an order that is at Webex when a stop begins may end unknown; set ",
                   "--drain_timeout=", absl::FormatDuration(least),
                   " or more, and allow a stop that much time (terminationGracePeriodSeconds, TimeoutStopSec)"));
}

// As far as is known Webex's API is under /v1; a proxy in front of it may show it elsewhere, but hardly at the root.
void WarnOfMissingPath(absl::string_view base_url, std::vector<std::string>& warnings) {
  const size_t scheme = base_url.find("://");
  if (scheme == absl::string_view::npos || absl::StrContains(base_url.substr(scheme + 3), '/')) return;
  warnings.push_back(absl::StrCat("--webex_base_url: ", base_url,
                                  " has no path, and Webex's API is under /v1: if every ",
                                  "order ends as WEBEX_NOT_FOUND, set ", base_url, "/v1"));
}

}  // namespace

std::vector<std::string> WarningsOf(const Options& options, const Variables& variables) {
  std::vector<std::string> warnings = UnknownSettings(variables);
  WarnOfExposures(options, warnings);
  WarnOfShortDrain(options, warnings);
  WarnOfMissingPath(options.webex_base_url, warnings);
  if (options.check_config) WarnOfCertificate(TlsFilesOf(options), warnings);
  return warnings;
}

}  // namespace webex_gateway
