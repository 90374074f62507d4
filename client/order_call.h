// One order of a batch on its way, without a thread of its own.
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
  // Of an order to provision, where it is UNKNOWN.
  webex::broadworks::v1::ProvisionWorkspaceRequest::IfUnknown if_unknown =
      webex::broadworks::v1::ProvisionWorkspaceRequest::IF_UNKNOWN_UNSPECIFIED;
};

class OrderCall {
 public:
  // Sends the order. `tag` comes out of `queue` once it has ended; until then this must live.
  OrderCall(webex::broadworks::v1::WorkspaceService::Stub& stub, grpc::CompletionQueue& queue, const BatchOrder& order,
            const OrderCallOptions& options, void* tag);
  OrderCall(const OrderCall&) = delete;
  OrderCall& operator=(const OrderCall&) = delete;

  // Once the tag has come out. The outcome of an error is GatewayClient's.
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
