// One order of a batch under way, without its own thread.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>

#include "absl/time/time.h"
#include "client/batch_file.h"
#include "client/batch_result.h"
#include "webex/broadworks/v1/workspaces.grpc.pb.h"

namespace webex_gateway::client {

struct OrderCallOptions {
  absl::Duration timeout = absl::Seconds(60);
  bool validate_only = false;
  // What to do if an order to provision is UNKNOWN.
  webex::broadworks::v1::ProvisionWorkspaceRequest::IfUnknown if_unknown =
      webex::broadworks::v1::ProvisionWorkspaceRequest::IF_UNKNOWN_UNSPECIFIED;
};

class OrderCall {
 public:
  // Sends the order. `queue` returns `tag` once the call has ended; until then this object must live.
  OrderCall(webex::broadworks::v1::WorkspaceService::Stub& stub, grpc::CompletionQueue& queue, const BatchOrder& order,
            const OrderCallOptions& options, void* tag);
  OrderCall(const OrderCall&) = delete;
  OrderCall& operator=(const OrderCall&) = delete;

  // Call it once `queue` has returned the tag. The outcome of an error is as for GatewayClient.
  BatchResult Take();

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientAsyncResponseReader<webex::broadworks::v1::Workspace>> workspace_reader_;
  std::unique_ptr<grpc::ClientAsyncResponseReader<google::protobuf::Empty>> empty_reader_;
  webex::broadworks::v1::Workspace workspace_;
  google::protobuf::Empty empty_;
  grpc::Status status_;
  const std::string request_id_;
  const bool validate_only_;
};

}  // namespace webex_gateway::client
