// The gateway's settings: flags and environment to one plain struct, every bad value named before anything starts.
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
  std::string state;  // empty: a new refresh token is kept in memory alone
};

struct Options {
  std::vector<std::string> listen;  // as gRPC wants it: "host:port", "unix:/path"
  std::string tls_cert_file;        // empty: no TLS; else its key's file is set too
  std::string tls_key_file;
  std::string tls_client_ca_file;            // empty: callers need no certificate
  std::vector<std::string> allowed_clients;  // empty: all
  std::vector<std::string> resolve_clients;  // of those; empty: all
  std::vector<std::string> read_clients;     // likewise
  std::string admin_listen;                  // "host:port"; empty: none
  std::vector<std::string> admin_names;      // that it answers to, besides its addresses and localhost
  std::string webex_base_url;                // without a "/" at its end
  // The token, and the file that it was read from (empty: the environment); or OAuth.
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

// Reads `args` (without the program's name) over `environment` over the defaults. Appends to `faults` a sentence for
// each setting that cannot be used, as far as that is known before anything starts: files are read, nobody is connected
// to. The options are valid where none was added. With --help and --version nothing else is checked.
Options ReadOptions(const std::vector<std::string>& args, const Environment& environment,
                    std::vector<std::string>& faults);

// A sentence for each of these variables that is meant as a setting, but is none.
std::vector<std::string> UnknownSettings(const Variables& variables);

// What is odd in valid settings, though the gateway can serve. Of the certificate for --check_config alone, since a
// gateway that starts reports on it itself.
std::vector<std::string> WarningsOf(const Options& options, const Variables& variables);

// In one line, for the log of a start: where orders go on record, which kind of token there is, who may call, and the
// limits. Without a secret.
std::string SummaryOf(const Options& options);

// The text of --help.
std::string HelpText();

}  // namespace webex_gateway
