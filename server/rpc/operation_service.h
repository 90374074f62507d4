// webex.broadworks.v1.OperationService: the ledger, as operators and scripts see it.
#pragma once

#include "absl/random/bit_gen_ref.h"
#include "absl/strings/string_view.h"
#include "server/base/clock.h"
#include "server/base/trace_context.h"
#include "server/ledger/ledger.h"
#include "server/rpc/caller_list.h"
#include "server/rpc/rpc_observer.h"
#include "server/rpc/rpc_server.h"

namespace webex_gateway {

// A resolution that is now on record. Without its note, which may be personal.
struct ResolveReport {
  absl::string_view request_id;
  absl::string_view resolver;
  bool applied = false;
};

class ResolveObserver {
 public:
  virtual ~ResolveObserver() = default;
  virtual void OnResolved(const ResolveReport& report) = 0;
};

// Adds the service's methods to `server`. `readers` decides which operations a caller may see and resolve: others look
// as if they were not on record. Everything passed by reference must outlive the server. `random` generates the ids of
// traces; for `sampler` see Sample. If the ledger keeps nothing, every call fails with LEDGER_NOT_KEPT.
void AddOperationService(RpcServer& server, Clock& clock, Ledger& ledger, RpcObserver& observer,
                         ResolveObserver& resolutions, absl::BitGenRef random, ReadPolicy readers,
                         Sampler sampler = {});

}  // namespace webex_gateway
