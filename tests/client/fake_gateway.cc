#include "tests/client/fake_gateway.h"

#include "absl/strings/str_cat.h"
#include "google/rpc/status.pb.h"

namespace webex_gateway::client {

grpc::Status Failure(grpc::StatusCode code, const std::string& message,
                     std::initializer_list<const google::protobuf::Message*> details) {
  google::rpc::Status status;
  status.set_code(code);
  status.set_message(message);
  for (const google::protobuf::Message* detail : details) status.add_details()->PackFrom(*detail);
  return grpc::Status(code, message, status.SerializeAsString());
}

google::rpc::ErrorInfo Info(const std::string& reason, const std::map<std::string, std::string>& metadata) {
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain("webex-gateway");
  info.mutable_metadata()->insert(metadata.begin(), metadata.end());
  return info;
}

FakeGateway::FakeGateway(const std::shared_ptr<grpc::ServerCredentials>& credentials) {
  Answer({});
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", credentials, &port_);
  builder.RegisterService(&workspaces_);
  builder.RegisterService(&operations_);
  builder.RegisterService(&health_service_);
  server_ = builder.BuildAndStart();
}

FakeGateway::~FakeGateway() { Stop(); }

std::string FakeGateway::address() const { return absl::StrCat("127.0.0.1:", port_); }

std::shared_ptr<grpc::Channel> FakeGateway::Channel() const {
  return grpc::CreateChannel(address(), grpc::InsecureChannelCredentials());
}

std::shared_ptr<grpc::Channel> FakeGateway::InProcessChannel() { return server_->InProcessChannel({}); }

void FakeGateway::Fail(const grpc::Status& status) {
  OnOrder([status](grpc::ServerContext&, Workspace&) { return status; });
}

void FakeGateway::Answer(const Workspace& workspace) {
  OnOrder([workspace](grpc::ServerContext&, Workspace& out) {
    out = workspace;
    return grpc::Status::OK;
  });
}

void FakeGateway::OnOrder(Handler handler) {
  const std::lock_guard lock(mutex_);
  handler_ = std::move(handler);
}

void FakeGateway::AddTrailer(const std::string& name, const std::string& value) {
  const std::lock_guard lock(mutex_);
  trailers_.emplace(name, value);
}

void FakeGateway::FailOperations(const grpc::Status& status) {
  const std::lock_guard lock(mutex_);
  operation_status_ = status;
}

void FakeGateway::FailResolutions(const grpc::Status& status) {
  const std::lock_guard lock(mutex_);
  resolution_status_ = status;
}

void FakeGateway::AnswerOperation(const Operation& operation) {
  const std::lock_guard lock(mutex_);
  operation_ = operation;
}

void FakeGateway::AnswerPages(std::vector<OperationPage> pages) {
  const std::lock_guard lock(mutex_);
  pages_ = std::move(pages);
}

void FakeGateway::SetHealth(grpc::health::v1::HealthCheckResponse::ServingStatus status) {
  const std::lock_guard lock(mutex_);
  health_ = status;
}

void FakeGateway::Stop() { server_->Shutdown(std::chrono::system_clock::now()); }

std::vector<FakeGateway::Order> FakeGateway::orders() const {
  const std::lock_guard lock(mutex_);
  return orders_;
}

std::vector<FakeGateway::Update> FakeGateway::updates() const {
  const std::lock_guard lock(mutex_);
  return updates_;
}

std::vector<FakeGateway::Removal> FakeGateway::removals() const {
  const std::lock_guard lock(mutex_);
  return removals_;
}

std::vector<std::string> FakeGateway::operation_calls() const {
  const std::lock_guard lock(mutex_);
  return operation_calls_;
}

template <typename Request>
grpc::Status FakeGateway::WorkspaceService::Answer(grpc::ServerContext& context, const Request& order,
                                                   std::vector<Request> FakeGateway::* orders, Workspace& workspace) {
  Handler handler;
  {
    const std::lock_guard lock(gateway_.mutex_);
    (gateway_.*orders).push_back(order);
    for (const auto& [name, value] : gateway_.trailers_) context.AddTrailingMetadata(name, value);
    handler = gateway_.handler_;
  }
  return handler(context, workspace);
}

grpc::Status FakeGateway::WorkspaceService::ProvisionWorkspace(grpc::ServerContext* context, const Order* order,
                                                               Workspace* workspace) {
  return Answer(*context, *order, &FakeGateway::orders_, *workspace);
}

grpc::Status FakeGateway::WorkspaceService::UpdateWorkspace(grpc::ServerContext* context, const Update* order,
                                                            Workspace* workspace) {
  return Answer(*context, *order, &FakeGateway::updates_, *workspace);
}

grpc::Status FakeGateway::WorkspaceService::RemoveWorkspace(grpc::ServerContext* context, const Removal* order,
                                                            google::protobuf::Empty*) {
  Workspace none;
  return Answer(*context, *order, &FakeGateway::removals_, none);
}

grpc::Status FakeGateway::OperationService::Answer(const std::string& method, const google::protobuf::Message& request,
                                                   Operation& operation) {
  const std::lock_guard lock(gateway_.mutex_);
  gateway_.operation_calls_.push_back(absl::StrCat(method, ": ", request.ShortDebugString()));
  operation = gateway_.operation_;
  return gateway_.operation_status_;
}

grpc::Status FakeGateway::OperationService::GetOperation(grpc::ServerContext*,
                                                         const webex::broadworks::v1::GetOperationRequest* request,
                                                         Operation* operation) {
  return Answer("GetOperation", *request, *operation);
}

grpc::Status FakeGateway::OperationService::ResolveOperation(
    grpc::ServerContext*, const webex::broadworks::v1::ResolveOperationRequest* request, Operation* operation) {
  const grpc::Status status = Answer("ResolveOperation", *request, *operation);
  const std::lock_guard lock(gateway_.mutex_);
  return gateway_.resolution_status_.ok() ? status : gateway_.resolution_status_;
}

grpc::Status FakeGateway::OperationService::ListOperations(grpc::ServerContext*,
                                                           const webex::broadworks::v1::ListOperationsRequest* request,
                                                           OperationPage* page) {
  Operation ignored;
  grpc::Status status = Answer("ListOperations", *request, ignored);
  const std::lock_guard lock(gateway_.mutex_);
  if (gateway_.pages_.empty()) return status;
  *page = gateway_.pages_.front();
  gateway_.pages_.erase(gateway_.pages_.begin());
  return status;
}

grpc::Status FakeGateway::HealthService::Check(grpc::ServerContext*,
                                               const grpc::health::v1::HealthCheckRequest* request,
                                               grpc::health::v1::HealthCheckResponse* response) {
  if (request->service() == "unheard.of") return grpc::Status(grpc::StatusCode::NOT_FOUND, "no such service");
  const std::lock_guard lock(gateway_.mutex_);
  response->set_status(gateway_.health_);
  return grpc::Status::OK;
}

}  // namespace webex_gateway::client
