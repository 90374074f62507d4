#include "server/webex/access_token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include <cstdio>
#include <fstream>

#include "absl/strings/match.h"
#include "tests/server/testing/fake_clock.h"

namespace webex_gateway {
namespace {

TEST(CheckedToken, TakesOffTheWhiteSpaceAroundIt) {
  for (const char* text : {"abc", " abc", "abc\n", "\t abc \r\n"}) EXPECT_EQ(*CheckedToken(text), "abc");
  EXPECT_EQ(*CheckedToken("!~"), "!~");
}

TEST(CheckedToken, RefusesWhatCannotStandInAHeaderAndNeverQuotesIt) {
  const std::string cases[] = {"",
                               " \n",
                               "s3cret s3cret",
                               "s3cret\ns3cret",
                               "s3cret\r\nX-Injected: 1",
                               "s3cret\x7f",
                               "s3cret\xc3\xa4",
                               std::string("s3cret\0x", 8)};
  for (const std::string& text : cases) {
    const absl::Status status = CheckedToken(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_FALSE(absl::StrContains(status.message(), "s3cret")) << status.message();
  }
}

TEST(FixedToken, HasNoOtherThanItself) {
  const auto tokens = FixedToken("one");
  EXPECT_EQ(*tokens->Token(), "one");
  EXPECT_FALSE(tokens->HasOtherThan("one"));
  EXPECT_TRUE(tokens->HasOtherThan("two"));
}

class RereadTokenTest : public testing::Test {
 protected:
  Loop loop_;
  FakeClock clock_{loop_};
  absl::StatusOr<std::string> content_ = "one\n";
  int reads_ = 0;
  std::vector<absl::StatusCode> changes_;
  std::unique_ptr<TokenSource> tokens_ = RereadToken(
      clock_,
      [this] {
        ++reads_;
        return content_;
      },
      [this](const absl::Status& status) { changes_.push_back(status.code()); });
};

TEST_F(RereadTokenTest, ReadsAgainAfterASecondAndNoSooner) {
  EXPECT_EQ(*tokens_->Token(), "one");
  content_ = "two";
  clock_.Advance(absl::Milliseconds(999));
  EXPECT_EQ(*tokens_->Token(), "one");
  EXPECT_EQ(reads_, 1);
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_EQ(*tokens_->Token(), "two");
  EXPECT_EQ(*tokens_->Token(), "two");
  EXPECT_EQ(reads_, 2);
}

TEST_F(RereadTokenTest, ReadsAtOnceWhenItsTokenIsRefused) {
  content_ = "two";
  EXPECT_TRUE(tokens_->HasOtherThan("one"));
  EXPECT_EQ(*tokens_->Token(), "two");
  EXPECT_EQ(reads_, 2);
}

TEST_F(RereadTokenTest, HasNoOtherWhileTheFileIsTheSame) { EXPECT_FALSE(tokens_->HasOtherThan("one")); }

TEST_F(RereadTokenTest, KeepsTheLastGoodTokenWhileReadingFails) {
  for (const absl::StatusOr<std::string>& bad :
       {absl::StatusOr<std::string>(absl::NotFoundError("gone")), absl::StatusOr<std::string>(""),
        absl::StatusOr<std::string>("half\nwritten")}) {
    content_ = bad;
    clock_.Advance(absl::Seconds(1));
    EXPECT_EQ(*tokens_->Token(), "one");
    EXPECT_FALSE(tokens_->HasOtherThan("one"));
  }
  content_ = "two";
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(*tokens_->Token(), "two");
}

TEST_F(RereadTokenTest, TellsOnceWhenTheTokenGoesBadAndWhenItIsGoodAgain) {
  for (const char* content : {"one", "", "", "two", "two"}) {
    content_ = content;
    clock_.Advance(absl::Seconds(1));
    EXPECT_TRUE(tokens_->Token().ok());
  }
  EXPECT_THAT(changes_, testing::ElementsAre(absl::StatusCode::kInvalidArgument, absl::StatusCode::kOk));
}

TEST_F(RereadTokenTest, SaysWhatIsWrongUntilThereIsAGoodTokenAndNeverQuotesTheContent) {
  content_ = "s3cret s3cret";
  tokens_ = RereadToken(clock_, [this] { return content_; }, [](const absl::Status&) {});
  EXPECT_EQ(tokens_->Token().status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(absl::StrContains(tokens_->Token().status().message(), "s3cret"));
  EXPECT_FALSE(tokens_->HasOtherThan("x"));
  content_ = absl::NotFoundError("no file");
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(tokens_->Token().status(), absl::NotFoundError("no file"));
  content_ = "one";
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(*tokens_->Token(), "one");
}

class ReadSmallFileTest : public testing::Test {
 protected:
  ~ReadSmallFileTest() override { std::remove(path_.c_str()); }

  void Write(const std::string& content) const {
    std::ofstream file(path_, std::ios::binary);
    ASSERT_TRUE(file << content << std::flush);
  }

  const std::string path_ =
      testing::TempDir() + "read_small_file_" + testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(ReadSmallFileTest, ReadsTheWholeOfIt) {
  for (const size_t size : {size_t{0}, size_t{5}, size_t{65536}}) {
    Write(std::string(size, 'x'));
    EXPECT_EQ(*ReadSmallFile(path_), std::string(size, 'x'));
  }
}

TEST_F(ReadSmallFileTest, RefusesMoreThan64KiB) {
  Write(std::string(65537, 'x'));
  EXPECT_EQ(ReadSmallFile(path_).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ReadSmallFileTest, NamesTheFileThatItCannotRead) {
  const absl::Status missing = ReadSmallFile(path_ + "_missing").status();
  EXPECT_EQ(missing.code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(absl::StrContains(missing.message(), path_ + "_missing"));
  EXPECT_FALSE(ReadSmallFile(testing::TempDir()).ok());
}

}  // namespace
}  // namespace webex_gateway
