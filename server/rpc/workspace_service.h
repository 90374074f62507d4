// webex.broadworks.v1.WorkspaceService.
#pragma once

#include <functional>
#include <optional>

#include "absl/random/bit_gen_ref.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/trace_context.h"
#include "server/orders/orders.h"
#include "server/rpc/rpc_observer.h"
#include "server/rpc/rpc_server.h"

namespace webex_gateway {

struct WorkspaceServiceOptions {
  absl::Duration default_deadline = absl::Seconds(60);  // for a caller that sets none
  // Webex's limit in orders a second, if calls wait for it now; otherwise nothing.
  std::function<std::optional<double>()> felt_limit = [] { return std::nullopt; };
  Sampler sampler = {};  // see Sample
};

// Adds the service's methods to `server`. Everything passed by reference must outlive the server. `random` generates
// the ids of traces.
void AddWorkspaceService(RpcServer& server, Clock& clock, Orders& orders, RpcObserver& observer, absl::BitGenRef random,
                         WorkspaceServiceOptions options);

}  // namespace webex_gateway
