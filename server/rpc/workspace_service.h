// webex.broadworks.v1.WorkspaceService.
#pragma once

#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/provisioning/provisioner.h"
#include "server/rpc/rpc_server.h"

namespace webex_gateway {

// One RPC, when it is over; for logs and metrics. Nothing in it is personal or secret.
struct RpcReport {
  absl::string_view method;
  const absl::Status& status;
  absl::string_view request_id;
  absl::string_view tracking_id;
  int attempts = 0;
  bool validated_only = false;
  absl::Duration elapsed;
};

class RpcObserver {
 public:
  virtual ~RpcObserver() = default;
  virtual void OnAnswered(const RpcReport& report) = 0;
};

struct WorkspaceServiceOptions {
  absl::Duration default_deadline = absl::Seconds(60);  // for a caller that sets none
};

// Adds the service's methods to `server`. What is passed by reference must outlive the server.
void AddWorkspaceService(RpcServer& server, Clock& clock, Provisioner& provisioner, RpcObserver& observer,
                         WorkspaceServiceOptions options);

}  // namespace webex_gateway
