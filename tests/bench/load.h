// Sends orders to provision to a gateway, each for a different user.
#pragma once

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "webex/broadworks/v1/workspaces.grpc.pb.h"

namespace webex_gateway {

class Load {
 public:
  using Clock = std::chrono::steady_clock;

  // One order after the other.
  struct Order {
    std::unique_ptr<grpc::ClientContext> context;
    std::unique_ptr<grpc::ClientAsyncResponseReader<webex::broadworks::v1::Workspace>> reader;
    webex::broadworks::v1::Workspace workspace;
    grpc::Status status;
    Clock::time_point begun;
  };

  // Over this many connections, in turn. Each carries as many orders at a time as the gateway allows; the others wait
  // at the caller.
  Load(const std::string& address, int connections);

  // `order` must live until it has ended. Without a `timeout` the gateway's default applies.
  void Begin(Order& order, absl::Duration timeout = absl::InfiniteDuration());
  // The order that ended; null if none has ended by then.
  Order* Await(Clock::time_point until = Clock::time_point::max());

 private:
  std::vector<std::unique_ptr<webex::broadworks::v1::WorkspaceService::Stub>> stubs_;
  size_t turn_ = 0;
  grpc::CompletionQueue queue_;
  webex::broadworks::v1::ProvisionWorkspaceRequest request_;
};

// The error's reason, or its code if gRPC created it; "OK" for a success.
std::string EndingOf(const grpc::Status& status);

}  // namespace webex_gateway
