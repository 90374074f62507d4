// A gateway that answers as a test specifies, over real gRPC on its own port.
#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "google/rpc/error_details.pb.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "webex/broadworks/v1/operations.grpc.pb.h"
#include "webex/broadworks/v1/workspaces.grpc.pb.h"

namespace webex_gateway::client {

// A status as the gateway sends it, with these google.rpc details.
grpc::Status Failure(grpc::StatusCode code, const std::string& message,
                     std::initializer_list<const google::protobuf::Message*> details);

// The gateway's ErrorInfo.
google::rpc::ErrorInfo Info(const std::string& reason, const std::map<std::string, std::string>& metadata);

class FakeGateway {
 public:
  using Order = webex::broadworks::v1::ProvisionWorkspaceRequest;
  using Update = webex::broadworks::v1::UpdateWorkspaceRequest;
  using Removal = webex::broadworks::v1::RemoveWorkspaceRequest;
  using Workspace = webex::broadworks::v1::Workspace;
  using Operation = webex::broadworks::v1::Operation;
  using OperationPage = webex::broadworks::v1::ListOperationsResponse;
  using Handler = std::function<grpc::Status(grpc::ServerContext&, Workspace&)>;

  explicit FakeGateway(const std::shared_ptr<grpc::ServerCredentials>& credentials = grpc::InsecureServerCredentials());
  ~FakeGateway();

  std::string address() const;  // "127.0.0.1:port"
  std::shared_ptr<grpc::Channel> Channel() const;
  std::shared_ptr<grpc::Channel> InProcessChannel();

  // How orders, updates and removals are answered: with a status; with a workspace, except for removals; by the test
  // itself.
  void Fail(const grpc::Status& status);
  void Answer(const Workspace& workspace);
  void OnOrder(Handler handler);
  // A trailer of every answer to one of them.
  void AddTrailer(const std::string& name, const std::string& value);
  // How calls about operations are answered: with a status; GetOperation and ResolveOperation with an operation, each
  // ListOperations with the next of the pages.
  void FailOperations(const grpc::Status& status);
  void FailResolutions(const grpc::Status& status);  // only these
  void AnswerOperation(const Operation& operation);
  void AnswerPages(std::vector<OperationPage> pages);
  // The health service's status of every service except "unheard.of", which it does not know.
  void SetHealth(grpc::health::v1::HealthCheckResponse::ServingStatus status);

  // Cuts every connection, as a crash would.
  void Stop();

  std::vector<Order> orders() const;
  std::vector<Update> updates() const;
  std::vector<Removal> removals() const;
  std::vector<std::string> operation_calls() const;  // "GetOperation: request_id: ..."

 private:
  class WorkspaceService final : public webex::broadworks::v1::WorkspaceService::Service {
   public:
    explicit WorkspaceService(FakeGateway& gateway) : gateway_(gateway) {}
    grpc::Status ProvisionWorkspace(grpc::ServerContext* context, const Order* order, Workspace* workspace) override;
    grpc::Status UpdateWorkspace(grpc::ServerContext* context, const Update* order, Workspace* workspace) override;
    grpc::Status RemoveWorkspace(grpc::ServerContext* context, const Removal* order,
                                 google::protobuf::Empty* empty) override;

   private:
    // Keeps the order in `orders`, one of the gateway's lists, and answers it.
    template <typename Request>
    grpc::Status Answer(grpc::ServerContext& context, const Request& order, std::vector<Request> FakeGateway::* orders,
                        Workspace& workspace);
    FakeGateway& gateway_;
  };

  class OperationService final : public webex::broadworks::v1::OperationService::Service {
   public:
    explicit OperationService(FakeGateway& gateway) : gateway_(gateway) {}
    grpc::Status GetOperation(grpc::ServerContext* context, const webex::broadworks::v1::GetOperationRequest* request,
                              Operation* operation) override;
    grpc::Status ListOperations(grpc::ServerContext* context,
                                const webex::broadworks::v1::ListOperationsRequest* request,
                                OperationPage* page) override;
    grpc::Status ResolveOperation(grpc::ServerContext* context,
                                  const webex::broadworks::v1::ResolveOperationRequest* request,
                                  Operation* operation) override;

   private:
    grpc::Status Answer(const std::string& method, const google::protobuf::Message& request, Operation& operation);
    FakeGateway& gateway_;
  };

  class HealthService final : public grpc::health::v1::Health::Service {
   public:
    explicit HealthService(FakeGateway& gateway) : gateway_(gateway) {}
    grpc::Status Check(grpc::ServerContext* context, const grpc::health::v1::HealthCheckRequest* request,
                       grpc::health::v1::HealthCheckResponse* response) override;

   private:
    FakeGateway& gateway_;
  };

  mutable std::mutex mutex_;  // guards the members below; not Abseil's, which ThreadSanitizer does not recognise
  Handler handler_;
  std::multimap<std::string, std::string> trailers_;
  std::vector<Order> orders_;
  std::vector<Update> updates_;
  std::vector<Removal> removals_;
  grpc::Status operation_status_;
  grpc::Status resolution_status_;
  Operation operation_;
  std::vector<OperationPage> pages_;
  std::vector<std::string> operation_calls_;
  grpc::health::v1::HealthCheckResponse::ServingStatus health_ = grpc::health::v1::HealthCheckResponse::SERVING;
  WorkspaceService workspaces_{*this};
  OperationService operations_{*this};
  HealthService health_service_{*this};
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace webex_gateway::client
