// The typed client of webex-gateway, for webexctl and for any C++ service that orders, changes or removes workspaces or
// looks up what became of an order.
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
  // Bounds the whole call, including connecting. It is sent to the gateway, which answers within it.
  absl::Duration timeout = absl::Seconds(60);
  // Wait, within the timeout, for a gateway that cannot be reached, instead of failing at once.
  bool wait_for_ready = false;
};

// A UUID from the system's random source. Thread-safe.
std::string RandomRequestId();

// Successful orders.
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
  // `new_request_id` creates an id for orders without one; it must be thread-safe and return a UUID.
  explicit GatewayClient(std::shared_ptr<grpc::Channel> channel,
                         std::function<std::string()> new_request_id = RandomRequestId);

  // Orders a workspace. An order without a request_id gets one, so that a lost answer can be looked up by it; it is in
  // the metadata of the value or the error. Strings must be UTF-8.
  //
  // The error's outcome is kNotApplied only if
  //   * the gateway reports it, or reports kUnchanged for an order that came without a request_id, so that no earlier
  //   call can have used it; or
  //   * the order was never handed to gRPC, because no connection could be made or no time was left, and it came
  //   without a request_id (with one, an earlier call under it may have been applied: kUnchanged); or
  //   * it was validate_only, and the gateway did not answer.
  // It is also kUnchanged if the gateway reports that. Otherwise it is kUnknown: also if the connection was lost, if
  // the deadline passed at this end, or if something other than the gateway (a proxy, another server) answered. gRPC's
  // codes and texts prove nothing.
  Result<Provisioned> Provision(webex::broadworks::v1::ProvisionWorkspaceRequest order,
                                const CallOptions& options = {}) const;

  // Changes a workspace; removes one. Request id, outcome and strings as above. If the outcome is kUnknown, repeat the
  // same call under the same request id (error.metadata.request_id), which is always safe.
  Result<Updated> Update(webex::broadworks::v1::UpdateWorkspaceRequest order, const CallOptions& options = {}) const;
  Result<Removed> Remove(webex::broadworks::v1::RemoveWorkspaceRequest order, const CallOptions& options = {}) const;

  // Gets the record of the order with this id; lists one page of many orders; resolves one that is UNKNOWN by a
  // person's finding (see operations.proto). The error's `outcome` is about this call only: kUnknown from
  // ResolveOperation means that the resolution may be on record; from the others it means nothing.
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

  // One RPC, once the channel is connected. `request_id` is that of the order concerned; it may be empty. `not_sent` is
  // the outcome of an error before the call is handed to gRPC.
  template <typename Stub, typename Request, typename Response>
  Result<Answered<Response>> Call(Stub& stub,
                                  grpc::Status (Stub::*rpc)(grpc::ClientContext*, const Request&, Response*),
                                  const Request& request, const std::string& request_id, const CallOptions& options,
                                  Outcome not_sent = Outcome::kNotApplied) const;
  // One RPC that orders something for a workspace: sets the request id and the error's outcome.
  template <typename Request, typename Response>
  Result<Answered<Response>> Order(grpc::Status (webex::broadworks::v1::WorkspaceService::Stub::*rpc)(
                                       grpc::ClientContext*, const Request&, Response*),
                                   Request order, const CallOptions& options) const;
  // OK once the channel is connected; otherwise why it is not.
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
