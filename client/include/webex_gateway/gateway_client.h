// The typed client of webex-gateway, for webexctl and for any C++ service that orders, changes or removes workspaces or
// asks what became of an order.
//
//   absl::StatusOr<std::shared_ptr<grpc::Channel>> channel = Connect({.address = "127.0.0.1:50051"});
//   if (!channel.ok()) return channel.status();
//   GatewayClient client(*channel);
//   Result<Provisioned> result = client.Provision(order, {.timeout = absl::Seconds(30)});
//   if (result.ok()) Use(result.value().workspace);
//   else if (result.error().outcome == Outcome::kUnknown) LookBeforeOrderingAgain(result.error());
#pragma once

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "webex/broadworks/v1/operations.grpc.pb.h"
#include "webex/broadworks/v1/workspaces.grpc.pb.h"
#include "webex_gateway/call_error.h"
#include "webex_gateway/channel.h"

namespace webex_gateway::client {

using ServingStatus = grpc::health::v1::HealthCheckResponse::ServingStatus;

struct CallOptions {
  // Bounds the whole call, connecting included. The gateway is told, and answers within it.
  absl::Duration timeout = absl::Seconds(60);
  // Wait, within the timeout, for a gateway that cannot be reached, instead of failing at once.
  bool wait_for_ready = false;
};

// A random UUID from the system's randomness. Thread-safe.
std::string RandomRequestId();

// Orders that went well.
struct Provisioned {
  webex::broadworks::v1::Workspace workspace;
  CallMetadata metadata;
};
struct Updated {
  webex::broadworks::v1::Workspace workspace;
  CallMetadata metadata;
};
struct Removed {
  CallMetadata metadata;
};

// Calls block their thread. Thread-safe: any number may run at once on one client, and they share its channel, which
// other users may share too. Nothing is ever repeated: one call is at most one RPC.
class GatewayClient {
 public:
  // `new_request_id` names the orders that come without an id; it must be thread-safe and return a UUID.
  explicit GatewayClient(std::shared_ptr<grpc::Channel> channel,
                         std::function<std::string()> new_request_id = RandomRequestId);

  // Orders a workspace. An order without a request_id is given one, so that a lost answer can be asked about under it;
  // it is in the metadata of the value or the error. Strings must be UTF-8.
  //
  // The error's outcome is kNotApplied only if
  //   * the gateway says so, or says kUnchanged of an order that came without a request_id, so that no earlier call
  //     can have been under it; or
  //   * the order was never handed to gRPC, because no connection came about or no time was left, and it came without a
  //     request_id (with one, an earlier call under it may have been applied: kUnchanged); or
  //   * it was validate_only, and the gateway said nothing.
  // Else it is kUnchanged, besides, if the gateway says so. Otherwise it is kUnknown, so also where the connection was
  // lost, where the deadline passed at this end, and where something other than the gateway (a proxy, another server)
  // answered. gRPC's codes and texts prove nothing.
  Result<Provisioned> Provision(webex::broadworks::v1::ProvisionWorkspaceRequest order,
                                const CallOptions& options = {}) const;

  // Changes a workspace; removes one. Request id, outcome and strings as above. Where the outcome is kUnknown, repeat
  // the same call under the same request id (error.metadata.request_id), which is always safe.
  Result<Updated> Update(webex::broadworks::v1::UpdateWorkspaceRequest order, const CallOptions& options = {}) const;
  Result<Removed> Remove(webex::broadworks::v1::RemoveWorkspaceRequest order, const CallOptions& options = {}) const;

  // What is on record of the order with this id; of many orders, one page; and a person's word on one that is UNKNOWN
  // (operations.proto says more). The error's `outcome` is about the call alone: kUnknown from ResolveOperation means
  // that the resolution may be on record, and of the others nothing.
  Result<webex::broadworks::v1::Operation> GetOperation(const std::string& request_id,
                                                        const CallOptions& options = {}) const;
  Result<webex::broadworks::v1::ListOperationsResponse> ListOperations(
      const webex::broadworks::v1::ListOperationsRequest& request, const CallOptions& options = {}) const;
  Result<webex::broadworks::v1::Operation> ResolveOperation(
      const webex::broadworks::v1::ResolveOperationRequest& request, const CallOptions& options = {}) const;

  // Asks grpc.health.v1 whether `service` (a full name; empty: the gateway as a whole) is being served. NOT_FOUND: the
  // gateway has no such service.
  Result<ServingStatus> Health(const std::string& service, const CallOptions& options = {}) const;

 private:
  using Deadline = std::chrono::system_clock::time_point;

  template <typename Response>
  struct Answered {
    Response response;
    CallMetadata metadata;
  };

  // One RPC, once the channel stands. `request_id` is that of the order which it is about; it may be empty. `not_sent`
  // is the outcome of an error before it was handed to gRPC.
  template <typename Stub, typename Request, typename Response>
  Result<Answered<Response>> Call(Stub& stub,
                                  grpc::Status (Stub::*rpc)(grpc::ClientContext*, const Request&, Response*),
                                  const Request& request, const std::string& request_id, const CallOptions& options,
                                  Outcome not_sent = Outcome::kNotApplied) const;
  // One RPC that orders something of a workspace: sees to the request id and to the error's outcome.
  template <typename Request, typename Response>
  Result<Answered<Response>> Order(grpc::Status (webex::broadworks::v1::WorkspaceService::Stub::*rpc)(
                                       grpc::ClientContext*, const Request&, Response*),
                                   Request order, const CallOptions& options) const;
  // OK once the channel is connected; else why it is not.
  absl::Status AwaitConnection(Deadline deadline, bool wait_for_ready) const;
  grpc::Status Check(const std::string& service, Deadline deadline, bool wait_for_ready,
                     grpc::health::v1::HealthCheckResponse& response) const;

  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<webex::broadworks::v1::WorkspaceService::Stub> workspaces_;
  std::unique_ptr<webex::broadworks::v1::OperationService::Stub> operations_;
  std::unique_ptr<grpc::health::v1::Health::Stub> health_;
  std::function<std::string()> new_request_id_;
};

}  // namespace webex_gateway::client
