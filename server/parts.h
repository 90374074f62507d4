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

Trust::Tell TellTrust(Log& log);

// `state` is where new refresh tokens are kept, or null.
std::unique_ptr<TokenSource> TokensFrom(const Options& options, Loop& loop, Clock& clock, absl::BitGenRef random,
                                        HttpClient& wire, StateFile* state, Log& log);

LedgerOptions LedgerFrom(const Options& options, std::string gateway_id, Log& log, Observers& observers);

Limits LimitsFrom(const Options& options);

// Null: no TLS.
absl::StatusOr<std::shared_ptr<ServerCertificate>> CertificateFrom(const Options& options, const Clock& clock,
                                                                   Log& log);

CallerCheck CallerCheckFrom(const Options& options, Log& log);

}  // namespace webex_gateway
