// Creates, from the settings, the callers' side: certificate, server, and checks of callers.
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

// The command by which an operator calls webexctl: over the unix socket if there is one, since that needs no
// certificate; in a cluster, inside the pod, since the socket is only there.
std::string WebexctlOf(const Options& options, const Environment& environment, const std::string& host);

// `log` must outlive the server.
std::unique_ptr<RpcServer> CreateRpcServer(const Options& options, Loop& loop, Clock& clock, ServerObserver& observer,
                                           Log& log);

}  // namespace webex_gateway
