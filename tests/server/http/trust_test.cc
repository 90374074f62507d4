// Whom the wire trusts: files and directories as people have them, and what it makes of it when these change.

#include "server/http/trust.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "tests/server/testing/read_all.h"
#include "tests/server/testing/scripted_server.h"
#include "tests/server/testing/test_certificate.h"
#include "tests/server/testing/wire_under_test.h"

namespace webex_gateway {
namespace {

using testing::HasSubstr;

// Under which name OpenSSL looks for it.
std::string HashedName(const std::string& certificate_file) {
  std::FILE* file = std::fopen(certificate_file.c_str(), "r");
  X509* certificate = PEM_read_X509(file, nullptr, nullptr, nullptr);
  std::fclose(file);
  const std::string name = absl::StrFormat("%08x.0", X509_subject_name_hash(certificate));
  X509_free(certificate);
  return name;
}

class TrustTest : public testing::Test {
 protected:
  TrustTest() {
    std::string path = testing::TempDir() + "trust_XXXXXX";
    directory_ = mkdtemp(path.data());
  }
  ~TrustTest() override { std::filesystem::remove_all(directory_); }

  std::string At(const std::string& name) const { return absl::StrCat(directory_, "/", name); }

  // As people replace a file: by renaming.
  std::string Put(const std::string& name, const std::string& content) const {
    std::ofstream(At("fresh")) << content;
    std::filesystem::rename(At("fresh"), At(name));
    return At(name);
  }

  std::string FaultOf(const std::string& content) const {
    return std::string(CheckTrust(Put("ca.pem", content)).message());
  }

  // How an order fares with the server.
  absl::StatusOr<HttpAnswer> PostAfterASecond(WireUnderTest& wire) {
    wire.Elapse(absl::Seconds(1));
    return wire.Post();
  }

  std::string directory_;
  ScriptedServer server_{/*tls=*/true};
  const std::string authority_ = ReadAll(server_.certificate_file());
  const TestCertificate other_{"127.0.0.1"};
  const std::string other_authority_ = ReadAll(other_.certificate_file());
};

TEST_F(TrustTest, ReadsCertificatesAsPeopleKeepThem) {
  const std::string windows = absl::StrReplaceAll(authority_, {{"\n", "\r\n"}});
  for (const std::string& content : {
           authority_,
           absl::StrCat("Company's proxy, 2024\n# subject=CN = test\n", authority_, "\njunk -----\n"),
           absl::StrCat(other_authority_, "\n\n", authority_),
           windows,
           absl::StrCat("\xef\xbb\xbf", authority_),
           absl::StrCat(ReadAll(other_.key_file()), authority_),
           absl::StrReplaceAll(authority_, {{" CERTIFICATE", " TRUSTED CERTIFICATE"}}),
       }) {
    WireUnderTest wire(absl::StrCat("https://127.0.0.1:", server_.port()), Put("ca.pem", content));
    EXPECT_TRUE(wire.Post().ok()) << content;
  }
}

TEST_F(TrustTest, SaysWhatIsWrongWithAFile) {
  EXPECT_EQ(CheckTrust(At("none")).message(), absl::StrCat("cannot open ", At("none"), ": No such file or directory"));
  EXPECT_EQ(CheckTrust(directory_).message(), absl::StrCat("cannot read ", directory_, ": Is a directory"));
  for (const std::string& content :
       {std::string(), std::string("no certificate\n"), std::string("\x30\x82\x01\x02"), ReadAll(other_.key_file())}) {
    EXPECT_EQ(FaultOf(content), absl::StrCat("no certificate in PEM form in ", At("ca.pem")));
  }
  for (const std::string& content :
       {authority_.substr(0, authority_.size() / 2), authority_ + authority_.substr(0, authority_.size() / 2),
        absl::StrReplaceAll(authority_, {{"\nMII", "\nMIJ"}})}) {
    EXPECT_THAT(FaultOf(content), HasSubstr(absl::StrCat("a certificate in ", At("ca.pem"), " cannot be read: ")));
  }
}

TEST_F(TrustTest, HearsOfAnotherAuthorityAlthoughAConnectionAndASessionAreAtHand) {
  WireUnderTest wire(absl::StrCat("https://127.0.0.1:", server_.port()), Put("ca.pem", authority_));
  ASSERT_TRUE(wire.Post().ok());
  Put("ca.pem", other_authority_);
  EXPECT_TRUE(wire.Post().ok()) << "it looks once a second";
  EXPECT_EQ(SendFailureOf(PostAfterASecond(wire).status()), SendFailure::kCertificate);
  EXPECT_EQ(server_.whole_requests(), 2);
  Put("ca.pem", other_authority_ + authority_);
  EXPECT_TRUE(PostAfterASecond(wire).ok());
}

TEST_F(TrustTest, KeepsTheLastValidCertificatesWhileTheFileHasNone) {
  std::vector<std::string> told;
  WireUnderTest wire(WireOptions{
      .base_url = absl::StrCat("https://127.0.0.1:", server_.port()),
      .ca_file = Put("ca.pem", authority_),
      .tell_trust = [&told](const std::string& what, bool trouble) { told.push_back((trouble ? "! " : "") + what); }});
  Put("ca.pem", "");
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(PostAfterASecond(wire).ok());
  std::filesystem::remove(At("ca.pem"));
  EXPECT_TRUE(PostAfterASecond(wire).ok());
  Put("ca.pem", authority_);
  EXPECT_TRUE(PostAfterASecond(wire).ok());
  const std::string in_use = absl::StrCat("the certificates to trust are in ", At("ca.pem"), " (1)");
  EXPECT_THAT(
      told,
      testing::ElementsAre(
          in_use, absl::StrCat("! no certificate in PEM form in ", At("ca.pem"), "; those read last stay in use"),
          absl::StrCat("! cannot open ", At("ca.pem"), ": No such file or directory", "; those read last stay in use"),
          in_use));
}

TEST_F(TrustTest, ReadsAPipeOnce) {
  ASSERT_EQ(mkfifo(At("pipe").c_str(), 0600), 0);
  EXPECT_TRUE(CheckTrust(At("pipe")).ok());
  std::thread writer([this] { std::ofstream(At("pipe")) << authority_; });
  absl::StatusOr<Trust> trust = Trust::In(PlacesToTrust(At("pipe")), [](const std::string&, bool) {});
  writer.join();
  EXPECT_TRUE(trust.ok()) << trust.status();
  EXPECT_FALSE(trust->Refresh());
}

// An authority of the system's store is looked for when it is needed, and may come and go.
TEST_F(TrustTest, LooksIntoDirectoriesForWhatHasComeAndGone) {
  const TrustPlaces places{.file = At("none"), .directories = {At("nonexistent"), At("store")}};
  const auto quiet = [](const std::string&, bool) {};
  std::filesystem::create_directory(At("store"));
  EXPECT_THAT(Trust::In(places, quiet).status().message(), HasSubstr("no certificates to trust for Webex: none in "));
  Put("store/authority.pem", authority_);
  EXPECT_FALSE(Trust::In(places, quiet).ok()) << "OpenSSL finds it under its hash alone";
  const std::string hashed = HashedName(server_.certificate_file());
  std::filesystem::create_symlink("authority.pem", At("store/" + hashed));
  absl::StatusOr<Trust> trust = Trust::In(places, quiet);
  ASSERT_TRUE(trust.ok()) << trust.status();
  EXPECT_FALSE(trust->Refresh());
  const Trust::Store before = trust->store();
  std::filesystem::remove(At("store/" + hashed));
  EXPECT_FALSE(trust->Refresh()) << "the last good ones stay";
  EXPECT_EQ(trust->store(), before);
  Put("store/" + hashed, authority_);
  EXPECT_TRUE(trust->Refresh());
  EXPECT_NE(trust->store(), before);
}

}  // namespace
}  // namespace webex_gateway
