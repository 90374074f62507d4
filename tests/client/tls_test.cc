// webexctl and a gateway over TLS, with certificates made for the test.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "tests/client/fake_gateway.h"
#include "tests/client/run_cli.h"
#include "tests/server/testing/read_all.h"

namespace webex_gateway::client {
namespace {

using testing::HasSubstr;

class TlsTest : public testing::Test {
 protected:
  TlsTest() {
    std::string pattern = testing::TempDir() + "/webexctl-tls-XXXXXX";
    directory_ = mkdtemp(pattern.data());
    MakeCertificate("gateway", "DNS:gateway.test");
    MakeCertificate("caller", "DNS:caller.test");
  }
  ~TlsTest() override { std::filesystem::remove_all(directory_); }

  std::string Cert(const std::string& name) const { return absl::StrCat(directory_, "/", name, ".crt"); }
  std::string Key(const std::string& name) const { return absl::StrCat(directory_, "/", name, ".key"); }

  // A self-signed certificate, which is trusted as it is and vouches for no other.
  void MakeCertificate(const std::string& name, const std::string& subject) const {
    const std::string command =
        absl::StrCat("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=", name,
                     " -addext basicConstraints=critical,CA:FALSE -addext keyUsage=critical,digitalSignature",
                     " -addext subjectAltName=", subject, " -keyout ", Key(name), " -out ", Cert(name), " 2>/dev/null");
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
  }

  std::shared_ptr<grpc::ServerCredentials> Credentials(bool ask_for_callers) const {
    grpc::SslServerCredentialsOptions options(ask_for_callers
                                                  ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                                                  : GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
    options.pem_key_cert_pairs.push_back({ReadAll(Key("gateway")), ReadAll(Cert("gateway"))});
    options.pem_root_certs = ReadAll(Cert("caller"));
    return grpc::SslServerCredentials(options);
  }

  CliResult Provision(const FakeGateway& gateway, std::vector<std::string> flags) const {
    flags.insert(flags.begin(), {"provision", "--user_id=u", "--address=" + gateway.address()});
    return Webexctl(flags);
  }

  std::string directory_;
};

TEST_F(TlsTest, OrdersFromAGatewayWhoseCertificateIsVouchedFor) {
  const FakeGateway gateway(Credentials(false));
  const CliResult result =
      Provision(gateway, {"--tls", "--tls_ca_file=" + Cert("gateway"), "--tls_server_name=gateway.test"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(gateway.orders().size(), 1u);
}

TEST_F(TlsTest, SendsNothingToAnUntrustedGateway) {
  const FakeGateway gateway(Credentials(false));
  const CliResult result =
      Provision(gateway, {"--tls", "--tls_ca_file=" + Cert("caller"), "--tls_server_name=gateway.test"});
  EXPECT_EQ(result.code, 78);
  EXPECT_THAT(result.err, HasSubstr("certificate verify failed; the gateway's certificate is not trusted here, or has "
                                    "expired: is --tls_ca_file correct?"));
  EXPECT_THAT(result.err, HasSubstr("nothing was provisioned (not_applied)"));
  EXPECT_TRUE(gateway.orders().empty());
}

TEST_F(TlsTest, SendsNothingToAGatewayOfAnotherName) {
  const FakeGateway gateway(Credentials(false));
  const CliResult result =
      Provision(gateway, {"--tls", "--tls_ca_file=" + Cert("gateway"), "--tls_server_name=other.test"});
  EXPECT_EQ(result.code, 78);
  EXPECT_THAT(result.err, HasSubstr("has another name: give that name in --address or --tls_server_name"));
  EXPECT_THAT(result.err, HasSubstr("nothing was provisioned (not_applied)"));
  EXPECT_TRUE(gateway.orders().empty());
}

TEST_F(TlsTest, SendsNothingInPlaintextToAGatewayThatWantsTls) {
  const FakeGateway gateway(Credentials(false));
  const CliResult result = Provision(gateway, {});
  EXPECT_EQ(result.code, 78);
  EXPECT_THAT(result.err, HasSubstr("; does the gateway require TLS (--tls)?\n"));
  EXPECT_TRUE(gateway.orders().empty());
}

TEST_F(TlsTest, SendsNothingWithTlsToAGatewayThatHasNone) {
  const FakeGateway gateway;
  const CliResult result = Provision(gateway, {"--tls"});
  EXPECT_EQ(result.code, 78);
  EXPECT_THAT(result.err, HasSubstr("; the server there does not use TLS: omit --tls?\n"));
}

TEST_F(TlsTest, ShowsItsOwnCertificateWhereTheGatewayAsks) {
  const FakeGateway gateway(Credentials(true));
  const std::vector<std::string> flags = {"--tls", "--tls_ca_file=" + Cert("gateway"), "--tls_server_name=gateway.test",
                                          "--timeout=5s"};
  std::vector<std::string> with_certificate = flags;
  with_certificate.insert(with_certificate.end(),
                          {"--tls_cert_file=" + Cert("caller"), "--tls_key_file=" + Key("caller")});
  EXPECT_EQ(Provision(gateway, with_certificate).code, 0);
  const CliResult without = Provision(gateway, flags);
  EXPECT_EQ(without.code, 78);
  EXPECT_THAT(without.err,
              HasSubstr("; does the gateway require a client certificate (--tls_cert_file, --tls_key_file)?"));
  std::vector<std::string> with_another = flags;
  with_another.insert(with_another.end(), {"--tls_cert_file=" + Cert("gateway"), "--tls_key_file=" + Key("gateway")});
  const CliResult another = Provision(gateway, with_another);
  EXPECT_EQ(another.code, 78);
  EXPECT_THAT(another.err, HasSubstr("; does the gateway trust the certificate in --tls_cert_file"));
  EXPECT_EQ(gateway.orders().size(), 1u);
}

TEST_F(TlsTest, NamesAFileThatCannotBeUsed) {
  const auto fault_of = [](std::vector<std::string> flags) {
    flags.insert(flags.begin(), {"health", "--tls", "--address=127.0.0.1:1"});
    const CliResult result = Webexctl(flags);
    EXPECT_EQ(result.code, 2);
    return result.err;
  };
  const std::string hint = "Try 'webexctl help health'.\n";
  EXPECT_EQ(fault_of({"--tls_ca_file=" + Key("gateway")}),
            absl::StrCat("webexctl: ", Key("gateway"), ": contains no readable PEM certificates\n", hint));
  EXPECT_EQ(fault_of({"--tls_cert_file=" + Key("caller"), "--tls_key_file=" + Key("caller")}),
            absl::StrCat("webexctl: ", Key("caller"), ": contains no readable PEM certificate\n", hint));
  EXPECT_EQ(fault_of({"--tls_cert_file=" + Cert("caller"), "--tls_key_file=" + Key("gateway")}),
            absl::StrCat("webexctl: ", Key("gateway"), ": not the key of ", Cert("caller"),
                         ", or not an unencrypted PEM key\n", hint));
}

TEST_F(TlsTest, IsFitForAProbeToo) {
  const FakeGateway gateway(Credentials(false));
  EXPECT_EQ(Webexctl({"health", "--address=" + gateway.address(), "--tls", "--tls_ca_file=" + Cert("gateway"),
                      "--tls_server_name=gateway.test", "--timeout=10s"})
                .out,
            "SERVING\n");
}

}  // namespace
}  // namespace webex_gateway::client
