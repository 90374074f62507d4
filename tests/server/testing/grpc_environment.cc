// gRPC goes on on threads of its own when its last object has gone. A test program waits for the end of that, or what
// it had not freed yet counts as lost.
#include <grpc/grpc.h>
#include <gtest/gtest.h>

// Now and then gRPC 1.51 loses the SSL object of a connection that comes while its server or channel goes. What the
// gateway itself keeps of OpenSSL's is looked after where the program ends, in every end-to-end test.
extern "C" const char* __lsan_default_suppressions();   // NOLINT(bugprone-reserved-identifier)
extern "C" const char* __lsan_default_suppressions() {  // NOLINT(bugprone-reserved-identifier)
  return "leak:CRYPTO_zalloc\nleak:OnNewSsl\n";
}

namespace {

class GrpcEnvironment : public testing::Environment {
 public:
  void SetUp() override { grpc_init(); }
  void TearDown() override { grpc_shutdown_blocking(); }
};

[[maybe_unused]] const testing::Environment* const environment =
    testing::AddGlobalTestEnvironment(new GrpcEnvironment());

}  // namespace
