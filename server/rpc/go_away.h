// The first part of gRPC's own shutdown: telling callers (HTTP/2's GOAWAY). grpc::Server does this together with the
// end, and does not report when the GOAWAY has been sent.
#pragma once

#include "grpc/grpc.h"
#include "grpcpp/server.h"

namespace webex_gateway {

class GoAway {
 public:
  // When this returns, everything that is sent on a connection comes after the GOAWAY. RPCs under way continue; those
  // that arrive from now on are cancelled.
  explicit GoAway(grpc::Server& server);
  GoAway(const GoAway&) = delete;
  GoAway& operator=(const GoAway&) = delete;
  // Call it after the server's Shutdown has returned.
  ~GoAway();

 private:
  grpc_completion_queue* const queue_;
};

}  // namespace webex_gateway
