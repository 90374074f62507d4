// webex.broadworks.v1.WorkspaceService.
#pragma once

#include "absl/random/bit_gen_ref.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/orders/orders.h"
#include "server/rpc/rpc_observer.h"
#include "server/rpc/rpc_server.h"

namespace webex_gateway {

struct WorkspaceServiceOptions {
  absl::Duration default_deadline = absl::Seconds(60);  // for a caller that sets none
};

// How long before a caller's deadline, of which so much is left, it is answered. A gRPC client gives up at its deadline
// by itself, without our details. And from 10 s on the deadline that we see is later than the client's own, since
// gRPC's core sends it in three digits, rounded up: by up to 0.1 s, from 100 s on by 1 s, from 1000 s on by 10 s.
absl::Duration AnswerMargin(absl::Duration left);

// Adds the service's methods to `server`. What is passed by reference must outlive the server. `random` makes the ids
// of traces.
void AddWorkspaceService(RpcServer& server, Clock& clock, Orders& orders, RpcObserver& observer, absl::BitGenRef random,
                         WorkspaceServiceOptions options);

}  // namespace webex_gateway
