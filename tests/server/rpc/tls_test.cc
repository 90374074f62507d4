// Callers over real TLS: who they are, who may call, and certificates that change.

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "server/rpc/messages.h"
#include "tests/server/rpc/rpc_test.h"
#include "tests/server/testing/read_all.h"
#include "tests/server/testing/test_certificate.h"

namespace webex_gateway {
namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using testing::ElementsAre;

class TlsTest : public RpcTest {
 protected:
  TlsTest() {
    std::string pattern = testing::TempDir() + "/tls_test_XXXXXX";
    directory_ = mkdtemp(pattern.data());
    Install(gateway_, "1");
    // The server keeps the closure. NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines)
    server_.Handle("/grpc.health.v1.Health/Check", [this](RpcCall& call) -> Async<absl::Status> {
      identities_.push_back(call.caller());
      call.Answer(ToWire(HealthCheckResponse()));
      co_return absl::OkStatus();
    });
    server_.CheckCallers([this](const Peer& peer, const std::string& method) {
      peers_.push_back(peer);
      return policy_.Check(peer, method);
    });
  }
  ~TlsTest() override {
    server_.Shutdown(absl::ZeroDuration());
    std::filesystem::remove_all(directory_);
  }

  // As Kubernetes does it: a new folder, and a link that is moved there in one step.
  void Install(const TestCertificate& certificate, const std::string& version) const {
    const std::filesystem::path folder = directory_ / version;
    std::filesystem::create_directory(folder);
    std::filesystem::copy(certificate.certificate_file(), folder / "tls.crt");
    std::filesystem::copy(certificate.key_file(), folder / "tls.key");
    std::filesystem::create_directory_symlink(version, directory_ / "new");
    std::filesystem::rename(directory_ / "new", directory_ / "data");
  }

  // With a caller's certificate its issuer, which is itself, may vouch for callers.
  void Start(const TestCertificate* caller, const std::vector<std::string>& addresses = {"127.0.0.1:0"}) {
    const TlsFiles files{directory_ / "data/tls.crt", directory_ / "data/tls.key",
                         caller == nullptr ? "" : caller->certificate_file()};
    const auto tell = [this](const std::string& what, bool) { told_.push_back(what); };
    const auto certificate = std::make_shared<ServerCertificate>(
        *clock_, *ReadTlsFiles(files), [files] { return ReadTlsFiles(files); }, tell, absl::ZeroDuration());
    const absl::Status status = server_.Start(addresses, certificate);
    ASSERT_TRUE(status.ok()) << status;
  }

  // Trusts `gateway`; has a connection of its own.
  std::unique_ptr<Health::Stub> Connect(const TestCertificate& gateway, const TestCertificate* caller) const {
    grpc::SslCredentialsOptions options{.pem_root_certs = ReadAll(gateway.certificate_file())};
    if (caller != nullptr) {
      options.pem_cert_chain = ReadAll(caller->certificate_file());
      options.pem_private_key = ReadAll(caller->key_file());
    }
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetSslTargetNameOverride("localhost");
    return Health::NewStub(grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", server_.ports()[0]),
                                                     grpc::SslCredentials(options), arguments));
  }

  grpc::Status Check(Health::Stub& stub) {
    grpc::ClientContext context;
    HealthCheckResponse response;
    const grpc::Status status = stub.Check(&context, HealthCheckRequest(), &response);
    OnLoop([] {});  // now what it has written can be read
    return status;
  }

  const TestCertificate gateway_{"localhost"};
  std::filesystem::path directory_;
  CallerPolicy policy_{{}, {}};
  // Written on the loop while a call is under way, read between calls.
  std::vector<std::string> identities_;
  std::vector<Peer> peers_;
  std::vector<std::string> told_;
};

TEST_F(TlsTest, KnowsACallerByTheFirstOfItsAlternativeNames) {
  const TestCertificate caller(AlternativeNames{"URI:spiffe://sp.com/billing,DNS:billing.sp.com,email:a@sp.com"});
  Start(&caller);
  EXPECT_TRUE(Check(*Connect(gateway_, &caller)).ok());
  EXPECT_THAT(identities_, ElementsAre("spiffe://sp.com/billing"));
  EXPECT_THAT(peers_.at(0).names.dns, ElementsAre("billing.sp.com"));
  EXPECT_THAT(peers_.at(0).names.uris, ElementsAre("spiffe://sp.com/billing"));
  EXPECT_FALSE(peers_.at(0).on_unix_socket);
}

TEST_F(TlsTest, KnowsACallerByItsDnsNameAlone) {
  const TestCertificate caller("billing.sp.com");
  Start(&caller);
  EXPECT_TRUE(Check(*Connect(gateway_, &caller)).ok());
  EXPECT_THAT(identities_, ElementsAre("billing.sp.com"));
  EXPECT_THAT(peers_.at(0).names.dns, ElementsAre("billing.sp.com"));
}

TEST_F(TlsTest, KnowsACallerWithoutAlternativeNamesByItsCommonNameButListsItNowhere) {
  const TestCertificate caller(AlternativeNames{""});
  Start(&caller);
  EXPECT_TRUE(Check(*Connect(gateway_, &caller)).ok());
  EXPECT_THAT(identities_, ElementsAre("CN:test"));
  EXPECT_THAT(peers_.at(0).names.dns, ElementsAre());
  EXPECT_THAT(peers_.at(0).names.uris, ElementsAre());
}

TEST_F(TlsTest, AsksCallersForNoCertificateWhereNobodyVouchesForThem) {
  const TestCertificate caller("billing.sp.com");
  Start(nullptr);
  EXPECT_TRUE(Check(*Connect(gateway_, nullptr)).ok());
  EXPECT_TRUE(Check(*Connect(gateway_, &caller)).ok());
  EXPECT_THAT(identities_, ElementsAre("", ""));
}

TEST_F(TlsTest, LetsNobodyInWithoutACertificateThatIsVouchedFor) {
  const TestCertificate caller("billing.sp.com");
  const TestCertificate stranger("billing.sp.com");
  Start(&caller);
  EXPECT_EQ(Check(*Connect(gateway_, nullptr)).error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(Check(*Connect(gateway_, &stranger)).error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(peers_, testing::IsEmpty());
}

TEST_F(TlsTest, HandlesNothingOfACallerThatIsNotListed) {
  const TestCertificate caller("billing.sp.com");
  policy_ = CallerPolicy({"orders.sp.com"}, {});
  Start(&caller);
  const auto stub = Connect(gateway_, &caller);
  const grpc::Status status = Check(*stub);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(status.error_message(), "this caller may not call this gateway [CALLER_NOT_ALLOWED, unchanged]");
  EXPECT_THAT(status.error_details(), testing::Not(testing::HasSubstr("sp.com")));
  grpc::ClientContext context;  // a method that does not exist tells it no more
  EXPECT_EQ(stub->Watch(&context, HealthCheckRequest())->Finish().error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(identities_, testing::IsEmpty());
}

TEST_F(TlsTest, TakesADnsNameForNoUriThatIsListed) {
  const TestCertificate caller(AlternativeNames{"DNS:spiffe://sp.com/billing"});
  policy_ = CallerPolicy({"spiffe://sp.com/billing"}, {});
  Start(&caller);
  EXPECT_EQ(Check(*Connect(gateway_, &caller)).error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(peers_.at(0).identity, "DNS:spiffe://sp.com/billing");
}

TEST_F(TlsTest, LeavesAUnixSocketInPlaintextAndKnowsItsCallers) {
  const TestCertificate caller("billing.sp.com");
  policy_ = CallerPolicy({"unix"}, {});
  const std::string path = directory_ / "gateway.sock";
  Start(&caller, {"127.0.0.1:0", "unix:" + path});
  const auto stub = Health::NewStub(grpc::CreateChannel("unix:" + path, grpc::InsecureChannelCredentials()));
  EXPECT_TRUE(Check(*stub).ok());
  EXPECT_TRUE(peers_.at(0).on_unix_socket);
  EXPECT_THAT(identities_, ElementsAre(""));
  EXPECT_EQ(Check(*Connect(gateway_, &caller)).error_code(), grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(TlsTest, ServesANewCertificateWithoutARestartAndKeepsOldConnections) {
  Start(nullptr);
  const auto before = Connect(gateway_, nullptr);
  ASSERT_TRUE(Check(*before).ok());
  const TestCertificate renewed("localhost");
  EXPECT_EQ(Check(*Connect(renewed, nullptr)).error_code(), grpc::StatusCode::UNAVAILABLE);
  Install(renewed, "2");
  EXPECT_TRUE(Check(*Connect(renewed, nullptr)).ok());
  EXPECT_EQ(Check(*Connect(gateway_, nullptr)).error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(Check(*before).ok());
}

TEST_F(TlsTest, ServesTheOldCertificateWhileTheNewOnesKeyIsMissing) {
  Start(nullptr);
  const TestCertificate renewed("localhost");
  std::filesystem::copy(renewed.certificate_file(), directory_ / "data/tls.crt",
                        std::filesystem::copy_options::overwrite_existing);
  EXPECT_TRUE(Check(*Connect(gateway_, nullptr)).ok());
  EXPECT_TRUE(Check(*Connect(gateway_, nullptr)).ok());
  EXPECT_EQ(told_.size(), 1u);
  std::filesystem::copy(renewed.key_file(), directory_ / "data/tls.key",
                        std::filesystem::copy_options::overwrite_existing);
  EXPECT_TRUE(Check(*Connect(renewed, nullptr)).ok());
}

TEST_F(TlsTest, TrustsOtherCallersOnceTheirIssuerIsThere) {
  const TestCertificate caller("billing.sp.com");
  const TestCertificate later("orders.sp.com");
  Start(&caller);
  EXPECT_EQ(Check(*Connect(gateway_, &later)).error_code(), grpc::StatusCode::UNAVAILABLE);
  std::filesystem::copy(later.certificate_file(), caller.certificate_file(),
                        std::filesystem::copy_options::overwrite_existing);
  EXPECT_TRUE(Check(*Connect(gateway_, &later)).ok());
}

}  // namespace
}  // namespace webex_gateway
