// From the settings to the parts that main() puts together. What is passed by reference must outlive the part.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/random/bit_gen_ref.h"
#include "absl/status/statusor.h"
#include "server/base/clock.h"
#include "server/http/stack.h"
#include "server/http/trust.h"
#include "server/ledger/open.h"
#include "server/ops/log.h"
#include "server/ops/observers.h"
#include "server/options.h"
#include "server/rpc/rpc_server.h"
#include "server/webex/state_file.h"

namespace webex_gateway {

// Whether there is anybody to trust for Webex. A sandbox in plain http needs nobody; a file that is given must be good.
absl::Status CheckTrustOf(const Options& options);
Trust::Tell TellTrust(Log& log);

// `state` is where new refresh tokens are kept, or null.
std::unique_ptr<TokenSource> TokensFrom(const Options& options, Loop& loop, Clock& clock, absl::BitGenRef random,
                                        HttpClient& wire, StateFile* state, Log& log);

LedgerOptions LedgerFrom(const Options& options, std::string gateway_id, Log& log, Observers& observers);

Limits LimitsFrom(const Options& options);

// Whether the certificate, its key and the callers' authority can be used, where TLS is set.
absl::Status CheckTls(const Options& options);
// What is odd in the settings, though the gateway can serve. Of the certificate only for --check_config: when the
// gateway starts, CertificateFrom reports that.
std::vector<std::string> WarningsOf(const Options& options, const Variables& variables);
// Null: no TLS.
absl::StatusOr<std::shared_ptr<ServerCertificate>> CertificateFrom(const Options& options, const Clock& clock,
                                                                   Log& log);

CallerCheck CallerCheckFrom(const Options& options, Log& log);

}  // namespace webex_gateway
