#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "server/options.h"

namespace webex_gateway {
namespace {

std::string LedgerOf(const LedgerPlace& place) {
  switch (place.kind) {
    case LedgerKind::kNone:
      return "none";
    case LedgerKind::kSqlite:
      return absl::StrCat("sqlite:", place.path);
    case LedgerKind::kPostgresql:
      break;
  }
  return place.url.substr(0, place.url.find('?'));
}

absl::string_view TokenOf(const Options& options) {
  if (options.oauth) return "by OAuth refresh";
  return options.webex_token_file.empty() ? "fixed, from the environment" : "from a file";
}

std::string TlsOf(const Options& options) {
  if (options.tls_cert_file.empty()) return "no TLS";
  return options.tls_client_ca_file.empty() ? "TLS" : "TLS, only callers with a certificate";
}

std::string Names(const std::vector<std::string>& names) {
  return names.empty() ? "everyone" : absl::StrJoin(names, ", ");
}

std::string SpansOf(const std::optional<OtlpOptions>& otlp) {
  if (!otlp) return "";
  return absl::StrCat("; spans to ", otlp->collector.target, otlp->collector.is_tls ? " by TLS" : "");
}

}  // namespace

std::string SummaryOf(const Options& options) {
  return absl::StrCat("settings: ledger ", LedgerOf(options.ledger), "; token ", TokenOf(options), "; ", TlsOf(options),
                      "; may call: ", Names(options.allowed_clients), "; may resolve: ", Names(options.resolve_clients),
                      "; may read all: ", Names(options.read_clients), "; at most ", options.max_upstream_calls,
                      " calls to Webex at a time, ", absl::FormatDuration(options.attempt_timeout), " each, and ",
                      options.max_queued_calls, " waiting; default deadline ",
                      absl::FormatDuration(options.default_deadline), "; a stop takes at most ",
                      absl::FormatDuration(options.stop.Total()), SpansOf(options.otlp));
}

}  // namespace webex_gateway
