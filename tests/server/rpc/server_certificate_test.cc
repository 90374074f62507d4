#include "server/rpc/server_certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/server/testing/fake_clock.h"
#include "tests/server/testing/test_certificate.h"

namespace webex_gateway {
namespace {

using testing::ElementsAre;

TlsFiles FilesOf(const TestCertificate& certificate) {
  return {certificate.certificate_file(), certificate.key_file(), ""};
}

TEST(TlsFilesTest, HoldACertificateItsKeyAndWhoMayVouchForCallers) {
  const TestCertificate gateway("gateway.test");
  const TestCertificate caller("caller.test");
  TlsFiles files = FilesOf(gateway);
  files.client_ca = caller.certificate_file();
  const absl::StatusOr<TlsIdentity> identity = ReadTlsFiles(files);
  ASSERT_TRUE(identity.ok()) << identity.status();
  EXPECT_THAT(identity->certificate, testing::HasSubstr("BEGIN CERTIFICATE"));
  EXPECT_THAT(identity->key, testing::HasSubstr("PRIVATE KEY"));
  EXPECT_THAT(identity->client_ca, testing::HasSubstr("BEGIN CERTIFICATE"));
  // Test certificates last for an hour.
  EXPECT_GT(identity->expires, absl::Now() + absl::Minutes(59));
  EXPECT_LT(identity->expires, absl::Now() + absl::Minutes(61));
}

TEST(TlsFilesTest, NameTheOneThatCannotBeUsed) {
  const TestCertificate gateway("gateway.test");
  const TestCertificate other("other.test");
  const std::string& certificate = gateway.certificate_file();
  const std::string& key = gateway.key_file();
  const struct {
    TlsFiles files;
    std::string fault;
  } cases[] = {
      {{"/nonexistent", key, ""}, "cannot open /nonexistent: No such file or directory"},
      {{key, key, ""}, key + ": contains no readable PEM certificate"},
      {{"/dev/null", key, ""}, "/dev/null: contains no readable PEM certificate"},
      {{certificate, certificate, ""}, certificate + ": contains no readable unencrypted PEM private key"},
      {{certificate, other.key_file(), ""}, absl::StrCat(other.key_file(), ": not the key of ", certificate)},
      {{certificate, key, key}, key + ": contains no readable PEM certificates"},
  };
  for (const auto& each : cases) EXPECT_EQ(ReadTlsFiles(each.files).status().message(), each.fault);
}

TEST(TlsFilesTest, HoldNothingThatNoHandshakeWouldTake) {
  const TestCertificate weak(RsaKey{1024});
  EXPECT_EQ(ReadTlsFiles(FilesOf(weak)).status().message(),
            absl::StrCat(weak.certificate_file(), ": too weak for TLS (ee key too small)"));
}

TEST(TermOf, WarnsWhereCallersRefuseTheCertificateNowOrWithinAWeek) {
  const TlsIdentity identity{.begins = absl::FromUnixSeconds(0), .expires = absl::FromUnixSeconds(30 * 24 * 3600)};
  const auto term = [&identity](int day) { return TermOf(identity, absl::UnixEpoch() + absl::Hours(24) * day); };
  EXPECT_EQ(term(-1).what, "the certificate in use is not valid before 1970-01-01T00:00:00+00:00");
  EXPECT_TRUE(term(-1).trouble);
  for (const int day : {0, 23}) {
    EXPECT_EQ(term(day).what, "the certificate in use expires at 1970-01-31T00:00:00+00:00");
    EXPECT_FALSE(term(day).trouble);
  }
  EXPECT_EQ(term(24).what, "the certificate in use expires at 1970-01-31T00:00:00+00:00, within a week");
  EXPECT_TRUE(term(24).trouble);
  EXPECT_EQ(term(30).what, "the certificate in use expired at 1970-01-31T00:00:00+00:00");
  EXPECT_TRUE(term(30).trouble);
}

class ServerCertificateTest : public testing::Test {
 protected:
  static TlsIdentity Named(const std::string& name) {
    return {
        .certificate = name, .key = "", .client_ca = "", .expires = absl::UnixEpoch() + absl::Hours(24 * 365 * 100)};
  }

  absl::StatusOr<TlsIdentity> files_ = Named("first");
  int reads_ = 0;
  std::vector<std::string> told_;
  Loop loop_;
  FakeClock clock_{loop_};
  ServerCertificate certificate_{clock_, Named("first"),
                                 [this] {
                                   ++reads_;
                                   return files_;
                                 },
                                 [this](const std::string& what, bool trouble) {
                                   told_.push_back(absl::StrCat(trouble ? "trouble: " : "", what));
                                 }};
};

TEST_F(ServerCertificateTest, IsReadAgainAfterASecondAndOnlyWhenItIsAskedFor) {
  const auto first = certificate_.Current();
  EXPECT_EQ(first->certificate, "first");
  EXPECT_EQ(reads_, 0);
  clock_.Advance(absl::Seconds(5));
  EXPECT_EQ(certificate_.Current(), first);
  EXPECT_EQ(certificate_.Current(), first);
  EXPECT_EQ(reads_, 1);
  EXPECT_THAT(told_, ElementsAre());
}

TEST_F(ServerCertificateTest, IsReplacedAndReportsWhenItExpires) {
  files_ = Named("second");
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(certificate_.Current()->certificate, "second");
  EXPECT_THAT(told_, ElementsAre("the certificate in use expires at 2069-12-07T00:00:00+00:00"));
}

TEST_F(ServerCertificateTest, SaysThatTheNewOneHasExpired) {
  files_ = Named("second");
  files_->expires = absl::UnixEpoch();
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(certificate_.Current()->certificate, "second");
  EXPECT_THAT(told_, ElementsAre("trouble: the certificate in use expired at 1970-01-01T00:00:00+00:00"));
}

TEST_F(ServerCertificateTest, StaysWhileTheNewOneIsInvalidAndReportsItOnce) {
  files_ = absl::InvalidArgumentError("not the key");
  for (int i = 0; i < 3; ++i) {
    clock_.Advance(absl::Seconds(1));
    EXPECT_EQ(certificate_.Current()->certificate, "first");
  }
  EXPECT_THAT(told_, ElementsAre("trouble: not the key; the last valid certificate stays in use"));
  files_ = Named("first");
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(certificate_.Current()->certificate, "first");
  EXPECT_EQ(told_.size(), 2u);
}

}  // namespace
}  // namespace webex_gateway
