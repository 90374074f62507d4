// The gateway's settings: reads flags and environment into one plain struct, and reports every invalid value before
// anything starts.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/base/flags.h"
#include "server/base/unknown_variables.h"
#include "server/ledger/open.h"
#include "server/ops/stop_limits.h"
#include "server/otlp/options.h"

namespace webex_gateway {

struct OAuthFiles {
  std::string client_id;
  std::string client_secret;
  std::string refresh_token;
  std::string state;  // empty: a new refresh token is kept only in memory
};

struct Options {
  std::vector<std::string> listen;  // in gRPC's form: "host:port", "unix:/path"
  std::string tls_cert_file;        // empty: no TLS; otherwise tls_key_file is set too
  std::string tls_key_file;
  std::string tls_client_ca_file;            // empty: callers need no certificate
  std::vector<std::string> allowed_clients;  // empty: all
  std::vector<std::string> resolve_clients;  // a part of allowed_clients; empty: all
  std::vector<std::string> read_clients;     // likewise
  std::string admin_listen;                  // "host:port"; empty: none
  std::vector<std::string> admin_names;      // accepted besides addresses and localhost
  std::string webex_base_url;                // without a "/" at its end
  // The token and the file that it was read from (empty: the environment), or OAuth.
  std::string webex_token;
  std::string webex_token_file;
  std::optional<OAuthFiles> oauth;
  std::string webex_ca_file;  // empty: the system's certificates
  std::string webex_proxy;    // empty: none
  LedgerPlace ledger;
  std::string ledger_password_file;
  absl::Duration ledger_retention;
  absl::Duration default_deadline;
  absl::Duration attempt_timeout;
  int max_upstream_calls = 0;
  int max_queued_calls = 0;
  int max_answer_bytes = 0;
  StopLimits stop;
  std::string log_level;
  std::string log_format;
  std::optional<OtlpOptions> otlp;  // nothing: no spans are exported

  // What to do instead of serving.
  bool help = false;
  bool version = false;
  bool check_config = false;
};

// Reads the settings from `args` (without the program's name), else from `environment`, else takes the defaults.
// Appends a sentence to `faults` for each unusable setting, as far as that is known before anything starts: files are
// read, but no connection is made. If none was added, the options are valid. With --help or --version nothing else is
// checked.
Options ReadOptions(const std::vector<std::string>& args, const Environment& environment,
                    std::vector<std::string>& faults);

// A sentence for each of these variables that looks like a setting but is not one.
std::vector<std::string> UnknownSettings(const Variables& variables);

// Warnings about valid settings with which the gateway can serve. Warnings about the certificate only with
// --check_config, since a starting gateway reports on it itself.
std::vector<std::string> WarningsOf(const Options& options, const Variables& variables);

// One line for the log at start: where orders are recorded, the kind of token, who may call, and the limits. Contains
// no secret.
std::string SummaryOf(const Options& options);

// The text of --help.
std::string HelpText();

}  // namespace webex_gateway
