// Callers whose TLS handshake fails, each in its own way, against the real server; how often that is told is tried
// without one, since gRPC's connections end when they like.

#include "server/rpc/handshake_watch.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "server/rpc/messages.h"
#include "tests/server/rpc/rpc_test.h"
#include "tests/server/testing/fake_clock.h"
#include "tests/server/testing/read_all.h"
#include "tests/server/testing/test_certificate.h"

namespace webex_gateway {
namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::StartsWith;

class Socket {
 public:
  explicit Socket(int port) : descriptor_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(static_cast<in_port_t>(port)), .sin_addr = {}};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() { close(descriptor_); }

  void Send(const std::string& bytes) const {
    EXPECT_EQ(send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  void AwaitAnswer() const {
    char byte = 0;
    EXPECT_EQ(recv(descriptor_, &byte, 1, 0), 1);
  }
  void UntilClosed() const {
    char byte = 0;
    while (recv(descriptor_, &byte, 1, 0) > 0) {
    }
  }
  int descriptor() const { return descriptor_; }

 private:
  const int descriptor_;
};

// ---- Over gRPC.

class FailedHandshakeTest : public RpcTest {
 protected:
  FailedHandshakeTest() {
    // The server keeps the closure. NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines)
    server_.Handle("/grpc.health.v1.Health/Check", [](RpcCall& call) -> Async<absl::Status> {
      call.Answer(ToWire(HealthCheckResponse()));
      co_return absl::OkStatus();
    });
    server_.TellHandshakes([this](const std::string& peer, const std::string& why, int64_t) {
      const std::lock_guard lock(mutex_);
      peers_.push_back(peer);
      reasons_.push_back(why);
      changed_.notify_all();
    });
  }
  ~FailedHandshakeTest() override { server_.Shutdown(absl::ZeroDuration()); }

  // With a caller's certificate its issuer, which is itself, may vouch for callers.
  void Start(const TestCertificate* caller) {
    const TlsFiles files{gateway_.certificate_file(), gateway_.key_file(),
                         caller == nullptr ? "" : caller->certificate_file()};
    const auto read = [files] { return ReadTlsFiles(files); };
    const auto certificate =
        std::make_shared<ServerCertificate>(*clock_, *read(), read, [](const std::string&, bool) {});
    ASSERT_TRUE(server_.Start({"127.0.0.1:0"}, certificate).ok());
  }

  // What the first caller failed for.
  std::string Reason() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !reasons_.empty(); });
    EXPECT_THAT(peers_, ElementsAre(MatchesRegex("127\\.0\\.0\\.1:[0-9]+")));
    return reasons_[0];
  }

  // One call that trusts `gateway`, on a connection of its own. `issuer` is shown with the caller's certificate.
  grpc::StatusCode Call(const TestCertificate& gateway, const TestCertificate* caller,
                        const TestCertificate* issuer = nullptr) const {
    grpc::SslCredentialsOptions options{.pem_root_certs = ReadAll(gateway.certificate_file())};
    if (caller != nullptr) {
      options.pem_cert_chain = ReadAll(caller->certificate_file());
      options.pem_private_key = ReadAll(caller->key_file());
    }
    if (issuer != nullptr) options.pem_cert_chain += ReadAll(issuer->certificate_file());
    return CallWith(grpc::SslCredentials(options));
  }

  grpc::StatusCode CallWith(const std::shared_ptr<grpc::ChannelCredentials>& credentials) const {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetSslTargetNameOverride("localhost");
    const auto channel =
        grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", server_.ports()[0]), credentials, arguments);
    grpc::ClientContext context;
    HealthCheckResponse response;
    return Health::NewStub(channel)->Check(&context, HealthCheckRequest(), &response).error_code();
  }

  // A client of OpenSSL's that trusts anybody, or nobody.
  void ShakeHands(int max_version, const std::string& protocols, int verify = SSL_VERIFY_NONE) const {
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
    SSL_CTX_set_verify(context.get(), verify, nullptr);
    SSL_CTX_set_max_proto_version(context.get(), max_version);
    SSL_CTX_set_alpn_protos(context.get(), reinterpret_cast<const unsigned char*>(protocols.data()),
                            static_cast<unsigned>(protocols.size()));
    const Socket socket(server_.ports()[0]);
    const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context.get()), &SSL_free);
    SSL_set_fd(ssl.get(), socket.descriptor());
    if (SSL_connect(ssl.get()) == 1) socket.UntilClosed();
  }

  const TestCertificate gateway_{"localhost"};
  std::mutex mutex_;  // of what follows
  std::condition_variable changed_;
  std::vector<std::string> peers_;
  std::vector<std::string> reasons_;
};

TEST_F(FailedHandshakeTest, ReportsNoCallerThatIsServed) {
  const TestCertificate caller("billing.sp.com");
  Start(&caller);
  EXPECT_EQ(Call(gateway_, &caller), grpc::StatusCode::OK);
  server_.Shutdown(absl::ZeroDuration());
  EXPECT_EQ(server_.handshakes_failed(), 0);
}

TEST_F(FailedHandshakeTest, NamesACallerWithoutACertificate) {
  const TestCertificate caller("billing.sp.com");
  Start(&caller);
  EXPECT_EQ(Call(gateway_, nullptr), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(Reason(), "peer did not return a certificate");
  EXPECT_GE(server_.handshakes_failed(), 1);
}

TEST_F(FailedHandshakeTest, NamesACallerWithoutACertificateWhoseTlsIsOlder) {
  const TestCertificate caller("billing.sp.com");
  Start(&caller);
  ShakeHands(TLS1_2_VERSION, "\2h2");
  EXPECT_EQ(Reason(), "peer did not return a certificate");
}

TEST_F(FailedHandshakeTest, NamesACallerWhoseCertificateHasExpired) {
  const TestCertificate expired(AlternativeNames{"DNS:billing.sp.com"}, {-absl::Hours(2), -absl::Hours(1)});
  Start(&expired);
  EXPECT_EQ(Call(gateway_, &expired), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(Reason(), "certificate verify failed: certificate has expired");
}

TEST_F(FailedHandshakeTest, NamesACallerForWhomNobodyVouches) {
  const TestCertificate caller("billing.sp.com");
  const TestCertificate stranger("billing.sp.com");
  Start(&caller);
  EXPECT_EQ(Call(gateway_, &stranger), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(Reason(), HasSubstr("certificate verify failed: "));
}

// ---- Callers that are authorities: whoever is one could issue itself a certificate of any name.

const char kMayIssue[] = "critical,keyCertSign,cRLSign";

// As `openssl req -x509` writes it where nothing else is asked for, with a certificate of `-CA` too.
CertificateUse ByDefault(const std::string& name) {
  return {.common_name = name, .basic_constraints = "critical,CA:TRUE", .key_usage = ""};
}

CertificateUse Authority(const std::string& name) {
  return {.common_name = name, .basic_constraints = "critical,CA:TRUE", .key_usage = kMayIssue};
}

TEST_F(FailedHandshakeTest, RefusesACallerWhoseCertificateIsAnAuthoritys) {
  const TestCertificate root(AlternativeNames{}, Authority("root"));
  const TestCertificate caller(AlternativeNames{"DNS:billing.sp.com"}, ByDefault("billing"), &root);
  Start(&root);
  EXPECT_EQ(Call(gateway_, &caller), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(Reason(),
            "certificate verify failed: the caller's certificate may issue others, like an authority's (CA:TRUE)");
  EXPECT_GE(server_.handshakes_failed(), 1);
}

TEST_F(FailedHandshakeTest, RefusesACallerWhoseCertificateIsAnAuthoritysThoughItIsTrustedItself) {
  const TestCertificate caller(AlternativeNames{"DNS:billing.sp.com"}, ByDefault("billing"));
  Start(&caller);
  EXPECT_EQ(Call(gateway_, &caller), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(Reason(), HasSubstr("the caller's certificate may issue others"));
}

TEST_F(FailedHandshakeTest, RefusesACallerWhoseCertificateIsAnAuthoritysByItsKeyUsageAlone) {
  const TestCertificate root(AlternativeNames{}, Authority("root"));
  const CertificateUse use{.basic_constraints = "", .key_usage = "critical,digitalSignature,keyCertSign"};
  const TestCertificate caller(AlternativeNames{"DNS:billing.sp.com"}, use, &root);
  Start(&root);
  EXPECT_EQ(Call(gateway_, &caller), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(Reason(), HasSubstr("the caller's certificate may issue others"));
}

TEST_F(FailedHandshakeTest, RefusesWhatACallerIssuedWhoseCertificateIsAnAuthoritysByMistake) {
  const TestCertificate root(AlternativeNames{}, ByDefault("root"));
  const TestCertificate caller(AlternativeNames{"DNS:billing.sp.com"}, ByDefault("billing"), &root);
  const TestCertificate forged(AlternativeNames{"DNS:ops.sp.com"}, {}, &caller);
  Start(&root);
  EXPECT_EQ(Call(gateway_, &forged, &caller), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(Reason(),
            "certificate verify failed: the issuer of the caller's certificate lacks the key usage to issue others "
            "(keyUsage keyCertSign)");
}

TEST_F(FailedHandshakeTest, RefusesWhatACallerIssued) {
  const TestCertificate root(AlternativeNames{}, Authority("root"));
  const TestCertificate caller(AlternativeNames{"DNS:billing.sp.com"}, {.common_name = "billing"}, &root);
  const TestCertificate forged(AlternativeNames{"DNS:ops.sp.com"}, {}, &caller);
  Start(&root);
  EXPECT_EQ(Call(gateway_, &forged, &caller), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(Reason(), StartsWith("certificate verify failed: "));
}

TEST_F(FailedHandshakeTest, RefusesNoCallerWhoseAuthorityIsBelowTheOneThatIsTrusted) {
  const TestCertificate root(AlternativeNames{}, ByDefault("root"));
  const TestCertificate issuing(AlternativeNames{}, Authority("issuing"), &root);
  const TestCertificate caller(AlternativeNames{"DNS:billing.sp.com"}, {}, &issuing);
  Start(&root);
  EXPECT_EQ(Call(gateway_, &caller, &issuing), grpc::StatusCode::OK);
  server_.Shutdown(absl::ZeroDuration());
  EXPECT_EQ(server_.handshakes_failed(), 0);
}

TEST_F(FailedHandshakeTest, NamesACallerThatSaysThatItDoesNotTrustTheGateway) {
  Start(nullptr);
  ShakeHands(TLS1_3_VERSION, "\2h2", SSL_VERIFY_PEER);
  EXPECT_EQ(Reason(), "the caller aborted: unknown CA");
}

TEST_F(FailedHandshakeTest, NamesACallerOfGrpcsThatDoesNotTrustTheGatewayAndLeaves) {
  const TestCertificate other("localhost");
  Start(nullptr);
  EXPECT_EQ(Call(other, nullptr), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(Reason(),
              StartsWith("the caller disconnected, perhaps because it does not trust the gateway's certificate"));
}

TEST_F(FailedHandshakeTest, NamesACallerThatSpeaksNoTlsButHttp2) {
  Start(nullptr);
  EXPECT_EQ(CallWith(grpc::InsecureChannelCredentials()), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(Reason(), "the caller did not send TLS");
}

TEST_F(FailedHandshakeTest, NamesACallerThatSpeaksNoTlsButHttp) {
  Start(nullptr);
  const Socket caller(server_.ports()[0]);
  caller.Send("GET /livez HTTP/1.1\r\nHost: gateway\r\n\r\n");
  EXPECT_EQ(Reason(), "the caller did not send TLS");
}

TEST_F(FailedHandshakeTest, NamesACallerThatOffersNoHttp2) {
  Start(nullptr);
  ShakeHands(TLS1_3_VERSION, "\10http/1.1");
  EXPECT_EQ(Reason(), "the caller does not offer HTTP/2 (ALPN)");
}

TEST_F(FailedHandshakeTest, NamesACallerThatSpeaksTooOldTls) {
  Start(nullptr);
  ShakeHands(TLS1_1_VERSION, "\2h2");
  EXPECT_EQ(Reason(), "unsupported protocol");
}

TEST_F(FailedHandshakeTest, NamesACallerThatLeavesInTheMiddle) {
  Start(nullptr);
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context.get()), &SSL_free);
  SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  EXPECT_LE(SSL_connect(ssl.get()), 0);
  char* hello = nullptr;
  const long size = BIO_get_mem_data(SSL_get_wbio(ssl.get()), &hello);
  {
    const Socket caller(server_.ports()[0]);
    caller.Send({hello, static_cast<size_t>(size)});
    caller.AwaitAnswer();
  }
  EXPECT_THAT(Reason(), StartsWith("the caller disconnected, "));
}

TEST_F(FailedHandshakeTest, DoesNotReportAProbeOfThePort) {
  Start(nullptr);
  {
    const Socket probe(server_.ports()[0]);
  }
  EXPECT_EQ(Call(gateway_, nullptr), grpc::StatusCode::OK);
  server_.Shutdown(absl::ZeroDuration());
  EXPECT_EQ(server_.handshakes_failed(), 0);
}

// ---- How often it is told.

class HandshakeWatchTest : public testing::Test {
 protected:
  // A connection whose first bytes are no TLS.
  void Fail() {
    watch_.Watch(-1, [this] {
      const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context_.get()), &SSL_free);
      BIO* in = BIO_new(BIO_s_mem());
      BIO_puts(in, "GET /livez HTTP/1.1\r\n\r\n");
      SSL_set_bio(ssl.get(), in, BIO_new(BIO_s_mem()));
      EXPECT_LE(SSL_accept(ssl.get()), 0);
    });
  }

  Loop loop_;
  FakeClock clock_{loop_};
  std::vector<int64_t> told_;
  HandshakeWatch watch_{
      clock_, [this](const std::string&, const std::string&, int64_t failures) { told_.push_back(failures); }};
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_{SSL_CTX_new(TLS_server_method()), &SSL_CTX_free};
};

TEST_F(HandshakeWatchTest, ReportsAtMostOnceASecondAndOfHowMany) {
  for (int i = 0; i < 3; ++i) Fail();
  clock_.Advance(absl::Milliseconds(999));
  Fail();
  EXPECT_THAT(told_, ElementsAre(1));
  clock_.Advance(absl::Milliseconds(1));
  Fail();
  EXPECT_THAT(told_, ElementsAre(1, 4));
  EXPECT_EQ(watch_.failed(), 5);
}

TEST_F(HandshakeWatchTest, LeavesConnectionsThatAreNoCallersAlone) {
  const std::unique_ptr<SSL, decltype(&SSL_free)> ours(SSL_new(context_.get()), &SSL_free);
  BIO* in = BIO_new(BIO_s_mem());
  BIO_puts(in, "GET /livez HTTP/1.1\r\n\r\n");
  SSL_set_bio(ours.get(), in, BIO_new(BIO_s_mem()));
  EXPECT_LE(SSL_accept(ours.get()), 0);
  EXPECT_EQ(watch_.failed(), 0);
  EXPECT_THAT(told_, IsEmpty());
}

}  // namespace
}  // namespace webex_gateway
