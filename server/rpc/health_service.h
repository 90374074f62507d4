// grpc.health.v1.Health: what probes and load balancers ask.
#pragma once

#include <list>
#include <map>
#include <string>

#include "grpc/health/v1/health.pb.h"
#include "server/base/async.h"
#include "server/rpc/rpc_server.h"

namespace webex_gateway {

// For the loop's thread, but for construction. It must outlive `server`.
class HealthService {
 public:
  explicit HealthService(RpcServer& server);

  // From now on `service` (empty: the server as a whole) is serving, or not; whoever watches it is told. One that was
  // never set is unknown.
  void Set(const std::string& service, bool serving);
  // For good: nothing is serving any more; watchers are told, and their streams end.
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
