// From the settings to what the gateway shows to callers, and what it asks of them.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/base/clock.h"
#include "server/base/flags.h"
#include "server/ops/log.h"
#include "server/options.h"
#include "server/rpc/rpc_server.h"

namespace webex_gateway {

// Null: no TLS. An error: the files have changed since the options were checked. `clock` and `log` must outlive it.
absl::StatusOr<std::shared_ptr<ServerCertificate>> CreateCertificate(const Options& options, const Clock& clock,
                                                                     Log& log);

// `log` must outlive the server.
// How an operator calls webexctl: by the unix socket, where there is one, since that needs no certificate; and in a
// cluster within the pod, which alone has it.
std::string WebexctlOf(const Options& options, const Environment& environment, const std::string& host);

std::unique_ptr<RpcServer> CreateRpcServer(const Options& options, Loop& loop, Clock& clock, ServerObserver& observer,
                                           Log& log);

}  // namespace webex_gateway
