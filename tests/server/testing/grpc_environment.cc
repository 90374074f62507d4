// gRPC continues on its own threads after its last object is destroyed. A test program waits for them, otherwise memory
// not yet freed counts as leaked.
#include <grpc/grpc.h>
#include <gtest/gtest.h>

// Sometimes gRPC 1.51 leaks the SSL object of a connection that arrives while its server or channel is destroyed. Every
// end-to-end test checks the gateway's own OpenSSL objects when the program ends.
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
