// The beginning of gRPC's own shutdown, which is the news of it for callers (HTTP/2's GOAWAY). grpc::Server does it in
// one with the end, and lets nobody know when the news is out.
#pragma once

#include "grpc/grpc.h"
#include "grpcpp/server.h"

namespace webex_gateway {

class GoAway {
 public:
  // When this returns, what a connection is sent from then on comes behind the news. RPCs under way go on; those that
  // arrive from now on are cancelled.
  explicit GoAway(grpc::Server& server);
  GoAway(const GoAway&) = delete;
  GoAway& operator=(const GoAway&) = delete;
  // After the server's Shutdown has returned.
  ~GoAway();

 private:
  grpc_completion_queue* const queue_;
};

}  // namespace webex_gateway
