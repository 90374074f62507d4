// Orders a workspace, and reads from an error what became of the order. Usage: order ADDRESS USER_ID REQUEST_ID

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <iostream>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "webex/broadworks/v1/workspaces.grpc.pb.h"

namespace {

// Of an error without the gateway's ErrorInfo, made by gRPC or by a proxy, the outcome is unknown.
google::rpc::ErrorInfo ErrorInfoOf(const grpc::Status& error) {
  google::rpc::Status status;
  google::rpc::ErrorInfo info;
  status.ParseFromString(error.error_details());
  for (const auto& detail : status.details()) {
    if (detail.UnpackTo(&info) && info.domain() == "webex-gateway") return info;
  }
  info.set_reason("no ErrorInfo");
  (*info.mutable_metadata())["outcome"] = "unknown";
  return info;
}

}  // namespace

int main(int, char** argv) {
  const auto channel = grpc::CreateChannel(argv[1], grpc::InsecureChannelCredentials());
  const auto client = webex::broadworks::v1::WorkspaceService::NewStub(channel);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));

  webex::broadworks::v1::ProvisionWorkspaceRequest order;
  order.set_request_id(argv[3]);  // always: it is what makes a repeated call the same order
  order.set_provisioning_id("your-provisioning-id");
  order.set_user_id(argv[2]);
  order.set_sp_enterprise_id("Reseller1+acme");
  order.set_display_name("Conference Room");

  webex::broadworks::v1::Workspace workspace;
  const grpc::Status status = client->ProvisionWorkspace(&context, order, &workspace);
  if (!status.ok()) {
    const google::rpc::ErrorInfo info = ErrorInfoOf(status);
    std::cout << info.reason() << ": " << info.metadata().at("outcome") << "\n";
    return 1;
  }
  std::cout << "provisioned " << workspace.id() << "\n";
}
