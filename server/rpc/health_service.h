// grpc.health.v1.Health, for probes and load balancers.
#pragma once

#include <list>
#include <map>
#include <string>

#include "grpc/health/v1/health.pb.h"
#include "server/base/async.h"
#include "server/rpc/rpc_server.h"

namespace webex_gateway {

// For the loop's thread, except construction. It must outlive `server`.
class HealthService {
 public:
  explicit HealthService(RpcServer& server);

  // From now on `service` (empty: the server as a whole) is serving, or not; its watchers are notified. A service that
  // was never set is unknown.
  void Set(const std::string& service, bool serving);
  // Final: nothing is serving any more; watchers are notified, and their streams end.
  void Stop();

 private:
  using Status = grpc::health::v1::HealthCheckResponse::ServingStatus;

  Status Of(const std::string& service) const;
  Async<absl::Status> Check(RpcCall& call);
  Async<absl::Status> Watch(RpcCall& call);

  std::map<std::string, Status> statuses_;
  std::list<Event*> watchers_;
  bool stopped_ = false;
};

}  // namespace webex_gateway
