// gRPC goes on on threads of its own when its last object has gone. A test program waits for the end of that, or what
// it had not freed yet counts as lost.
#include <grpc/grpc.h>
#include <gtest/gtest.h>

namespace {

class GrpcEnvironment : public testing::Environment {
 public:
  void SetUp() override { grpc_init(); }
  void TearDown() override { grpc_shutdown_blocking(); }
};

[[maybe_unused]] const testing::Environment* const environment =
    testing::AddGlobalTestEnvironment(new GrpcEnvironment());

}  // namespace
