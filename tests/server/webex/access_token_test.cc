#include "server/webex/access_token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <vector>

#include <cstdio>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/server/testing/fake_clock.h"
#include "tests/server/testing/fake_http.h"

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

// Asks a source that has its answers at once.
class TokenSourceTest : public testing::Test {
 protected:
  absl::StatusOr<std::string> Token() {
    Started<absl::StatusOr<std::string>> token{loop_, tokens_->Token(call_)};
    clock_.RunLoop();
    return token.done() ? *token : absl::UnknownError("waits");
  }

  bool HasOtherThan(const std::string& refused) {
    Started<bool> other{loop_, tokens_->HasOtherThan(refused, call_)};
    clock_.RunLoop();
    EXPECT_TRUE(other.done());
    return *other;
  }

  Loop loop_;
  FakeClock clock_{loop_};
  std::unique_ptr<TokenSource> tokens_;
  const Call call_;
};

class FixedTokenTest : public TokenSourceTest {
 protected:
  FixedTokenTest() { tokens_ = CreateFixedToken("one"); }
};

TEST_F(FixedTokenTest, HasNoOtherThanItself) {
  EXPECT_EQ(*Token(), "one");
  EXPECT_FALSE(HasOtherThan("one"));
  EXPECT_TRUE(HasOtherThan("two"));
}

TEST_F(FixedTokenTest, IsUsableAndKnowsNothingOfItsExpiry) {
  const TokenHealth health = tokens_->Health();
  EXPECT_TRUE(health.usable);
  EXPECT_THAT(health.troubles, testing::IsEmpty());
  EXPECT_EQ(health.token_expires_in, std::nullopt);
  EXPECT_EQ(health.refresh_token_expires_in, std::nullopt);
}

TEST_F(FixedTokenTest, HasNothingToStop) {
  bool stopped = false;
  tokens_->Stop([&stopped] { stopped = true; });
  EXPECT_TRUE(stopped);
}

class RereadTokenTest : public TokenSourceTest {
 protected:
  RereadTokenTest() {
    const auto read = [this] {
      ++reads_;
      return content_;
    };
    tokens_ = CreateRereadToken(clock_, "one", read,
                                [this](const absl::Status& status) { changes_.push_back(status.code()); });
  }

  absl::StatusOr<std::string> content_ = "one\n";
  int reads_ = 0;
  std::vector<absl::StatusCode> changes_;
};

TEST_F(RereadTokenTest, ReadsAgainAfterASecondAndNoSooner) {
  EXPECT_EQ(*Token(), "one");
  content_ = "two";
  clock_.Advance(absl::Milliseconds(999));
  EXPECT_EQ(*Token(), "one");
  EXPECT_EQ(reads_, 0);
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_EQ(*Token(), "two");
  EXPECT_EQ(*Token(), "two");
  EXPECT_EQ(reads_, 1);
}

TEST_F(RereadTokenTest, ReadsAtOnceWhenItsTokenIsRefused) {
  content_ = "two";
  EXPECT_TRUE(HasOtherThan("one"));
  EXPECT_EQ(*Token(), "two");
  EXPECT_EQ(reads_, 1);
}

TEST_F(RereadTokenTest, HasNoOtherWhileTheFileIsTheSame) { EXPECT_FALSE(HasOtherThan("one")); }

TEST_F(RereadTokenTest, KeepsTheLastValidTokenWhileReadingFails) {
  for (const absl::StatusOr<std::string>& bad :
       {absl::StatusOr<std::string>(absl::NotFoundError("gone")), absl::StatusOr<std::string>(""),
        absl::StatusOr<std::string>("half\nwritten")}) {
    content_ = bad;
    clock_.Advance(absl::Seconds(1));
    EXPECT_EQ(*Token(), "one");
    EXPECT_FALSE(HasOtherThan("one"));
  }
  content_ = "two";
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(*Token(), "two");
}

TEST_F(RereadTokenTest, ReportsOnceWhenTheTokenBecomesInvalidAndWhenItIsValidAgain) {
  for (const char* content : {"one", "", "", "two", "two"}) {
    content_ = content;
    clock_.Advance(absl::Seconds(1));
    EXPECT_TRUE(Token().ok());
  }
  EXPECT_THAT(changes_, testing::ElementsAre(absl::StatusCode::kInvalidArgument, absl::StatusCode::kOk));
}

TEST_F(RereadTokenTest, ReportsToAnOperatorWhatIsWrongWithoutQuotingIt) {
  EXPECT_THAT(tokens_->Health().troubles, testing::IsEmpty());
  content_ = "s3cret s3cret";
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(tokens_->Health().troubles,
              testing::ElementsAre("the token cannot be read: the token has characters that are not visible ASCII"));
  EXPECT_TRUE(tokens_->Health().usable);  // the one before
}

TEST_F(RereadTokenTest, IsFoundMendedWhileNoCallComes) {
  content_ = absl::NotFoundError("no file");
  clock_.Advance(absl::Seconds(1));
  EXPECT_THAT(tokens_->Health().troubles, testing::ElementsAre("the token cannot be read: no file"));
  content_ = "one";
  clock_.Advance(absl::Seconds(1));
  EXPECT_TRUE(tokens_->Health().usable);
  EXPECT_THAT(tokens_->Health().troubles, testing::IsEmpty());
}

TEST(IsRereadable, IsNotSoOfPipesWhichTheirFirstReaderEmpties) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  EXPECT_FALSE(IsRereadable(absl::StrCat("/dev/fd/", ends[0])));
  EXPECT_TRUE(IsRereadable("/proc/self/exe"));  // through a link
  EXPECT_TRUE(IsRereadable("/nonexistent"));    // whoever opens it says so
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace webex_gateway
