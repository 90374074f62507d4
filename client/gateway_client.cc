#include "webex_gateway/gateway_client.h"

#include <random>
#include <utility>

#include "absl/time/clock.h"
#include "server/base/uuid.h"

namespace webex_gateway::client {
namespace {

using webex::broadworks::v1::WorkspaceService;

std::chrono::system_clock::time_point DeadlineAfter(absl::Duration timeout) {
  return absl::ToChronoTime(absl::Now() + timeout);
}

CallError NotSent(const absl::Status& status, const char* reason, const std::string& request_id, Outcome outcome) {
  CallError error;
  error.code = status.code();
  error.message = std::string(status.message());
  error.reason = reason;
  error.outcome = outcome;
  error.metadata.request_id = request_id;
  return error;
}

}  // namespace

std::string RandomRequestId() {
  std::random_device device;
  return NewUuid(device);
}

GatewayClient::GatewayClient(std::shared_ptr<grpc::Channel> channel, std::function<std::string()> new_request_id)
    : channel_(std::move(channel)),
      workspaces_(WorkspaceService::NewStub(channel_)),
      operations_(webex::broadworks::v1::OperationService::NewStub(channel_)),
      health_(grpc::health::v1::Health::NewStub(channel_)),
      new_request_id_(std::move(new_request_id)) {}

template <typename Stub, typename Request, typename Response>
Result<GatewayClient::Answered<Response>> GatewayClient::Call(
    Stub& stub, grpc::Status (Stub::*rpc)(grpc::ClientContext*, const Request&, Response*), const Request& request,
    const std::string& request_id, const CallOptions& options, Outcome not_sent) const {
  if (options.timeout <= absl::ZeroDuration()) {
    return NotSent(absl::DeadlineExceededError("no time was left for the call"), kDeadlineBeforeSent, request_id,
                   not_sent);
  }
  const Deadline deadline = DeadlineAfter(options.timeout);
  if (absl::Status connected = AwaitConnection(deadline, options.wait_for_ready); !connected.ok()) {
    return NotSent(connected, kGatewayUnreachable, request_id, not_sent);
  }
  grpc::ClientContext context;
  context.set_deadline(deadline);
  Answered<Response> answered;
  const grpc::Status status = (stub.*rpc)(&context, request, &answered.response);
  answered.metadata = ReadCallMetadata(context, request_id);
  if (!status.ok()) return ReadCallError(status, std::move(answered.metadata));
  return answered;
}

template <typename Request, typename Response>
Result<GatewayClient::Answered<Response>> GatewayClient::Order(
    grpc::Status (WorkspaceService::Stub::*rpc)(grpc::ClientContext*, const Request&, Response*), Request order,
    const CallOptions& options) const {
  // An earlier call under the caller's id may have been applied; under an id that we generated there was none.
  const bool has_new_id = order.request_id().empty();
  if (has_new_id) order.set_request_id(new_request_id_());
  const bool is_first = has_new_id || order.validate_only();
  auto answered = Call(*workspaces_, rpc, order, order.request_id(), options,
                       is_first ? Outcome::kNotApplied : Outcome::kUnchanged);
  if (answered.ok()) return answered;
  CallError error = answered.error();
  if (error.reason.empty() && order.validate_only()) error.outcome = Outcome::kNotApplied;
  if (error.outcome == Outcome::kUnchanged && has_new_id) error.outcome = Outcome::kNotApplied;
  return error;
}

Result<Provisioned> GatewayClient::Provision(webex::broadworks::v1::ProvisionWorkspaceRequest order,
                                             const CallOptions& options) const {
  const auto answered = Order(&WorkspaceService::Stub::ProvisionWorkspace, std::move(order), options);
  if (!answered.ok()) return answered.error();
  return Provisioned{answered.value().response, answered.value().metadata};
}

Result<Updated> GatewayClient::Update(webex::broadworks::v1::UpdateWorkspaceRequest order,
                                      const CallOptions& options) const {
  const auto answered = Order(&WorkspaceService::Stub::UpdateWorkspace, std::move(order), options);
  if (!answered.ok()) return answered.error();
  return Updated{answered.value().response, answered.value().metadata};
}

Result<Removed> GatewayClient::Remove(webex::broadworks::v1::RemoveWorkspaceRequest order,
                                      const CallOptions& options) const {
  const auto answered = Order(&WorkspaceService::Stub::RemoveWorkspace, std::move(order), options);
  if (!answered.ok()) return answered.error();
  return Removed{answered.value().metadata};
}

Result<webex::broadworks::v1::Operation> GatewayClient::GetOperation(const std::string& request_id,
                                                                     const CallOptions& options) const {
  webex::broadworks::v1::GetOperationRequest request;
  request.set_request_id(request_id);
  auto answered =
      Call(*operations_, &webex::broadworks::v1::OperationService::Stub::GetOperation, request, request_id, options);
  if (!answered.ok()) return answered.error();
  return answered.value().response;
}

Result<webex::broadworks::v1::ListOperationsResponse> GatewayClient::ListOperations(
    const webex::broadworks::v1::ListOperationsRequest& request, const CallOptions& options) const {
  auto answered =
      Call(*operations_, &webex::broadworks::v1::OperationService::Stub::ListOperations, request, "", options);
  if (!answered.ok()) return answered.error();
  return answered.value().response;
}

Result<webex::broadworks::v1::Operation> GatewayClient::ResolveOperation(
    const webex::broadworks::v1::ResolveOperationRequest& request, const CallOptions& options) const {
  auto answered = Call(*operations_, &webex::broadworks::v1::OperationService::Stub::ResolveOperation, request,
                       request.request_id(), options);
  if (!answered.ok()) return answered.error();
  return answered.value().response;
}

Result<ServingStatus> GatewayClient::Health(const std::string& service, const CallOptions& options) const {
  const Deadline deadline = DeadlineAfter(options.timeout);
  if (absl::Status connected = AwaitConnection(deadline, options.wait_for_ready); !connected.ok()) {
    return NotSent(connected, kGatewayUnreachable, "", Outcome::kNotApplied);
  }
  grpc::health::v1::HealthCheckResponse response;
  const grpc::Status status = Check(service, deadline, options.wait_for_ready, response);
  if (!status.ok()) return ReadCallError(status, {});
  return response.status();
}

// An order is handed to gRPC only on a connected channel: only this proves, if connecting fails, that the order did not
// leave. A channel without a state (in-process) reports SHUTDOWN and counts as connected.
absl::Status GatewayClient::AwaitConnection(Deadline deadline, bool wait_for_ready) const {
  for (;;) {
    const grpc_connectivity_state state = channel_->GetState(/*try_to_connect=*/true);
    if (state == GRPC_CHANNEL_READY || state == GRPC_CHANNEL_SHUTDOWN) return absl::OkStatus();
    if (state == GRPC_CHANNEL_TRANSIENT_FAILURE && !wait_for_ready) {
      // gRPC reports the cause only to a failed call, so a harmless call asks for it.
      grpc::health::v1::HealthCheckResponse ignored;
      const grpc::Status cause = Check("", deadline, false, ignored);
      return cause.ok() ? absl::OkStatus() : absl::UnavailableError(cause.error_message());
    }
    if (!channel_->WaitForStateChange(state, deadline)) {
      return absl::DeadlineExceededError("could not connect to the gateway in time");
    }
  }
}

grpc::Status GatewayClient::Check(const std::string& service, Deadline deadline, bool wait_for_ready,
                                  grpc::health::v1::HealthCheckResponse& response) const {
  grpc::ClientContext context;
  context.set_deadline(deadline);
  context.set_wait_for_ready(wait_for_ready);
  grpc::health::v1::HealthCheckRequest request;
  request.set_service(service);
  return health_->Check(&context, request, &response);
}

}  // namespace webex_gateway::client
