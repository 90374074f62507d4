#include "server/rpc/go_away.h"

#include "grpc/support/time.h"

namespace webex_gateway {

GoAway::GoAway(grpc::Server& server) : queue_(grpc_completion_queue_create_for_next(nullptr)) {
  grpc_server_shutdown_and_notify(server.c_server(), queue_, nullptr);
}

GoAway::~GoAway() {
  grpc_completion_queue_shutdown(queue_);
  while (grpc_completion_queue_next(queue_, gpr_inf_future(GPR_CLOCK_REALTIME), nullptr).type != GRPC_QUEUE_SHUTDOWN) {
  }
  grpc_completion_queue_destroy(queue_);
}

}  // namespace webex_gateway
