#include "server/http/token_guard.h"

#include <gtest/gtest.h>

#include "tests/server/testing/fake_clock.h"
#include "tests/server/testing/fake_http.h"
#include "tests/server/testing/fake_tokens.h"
#include "tests/server/testing/fixed_bits.h"

namespace webex_gateway {
namespace {

class TokenGuardTest : public testing::Test {
 protected:
  void Refuse(int times, const std::string& token = "first") {
    for (int i = 0; i < times; ++i) guard_.OnRefused(token);
  }
  std::optional<TokenRefusal> refused() { return guard_.Health().refused; }

  Loop loop_;
  FakeClock clock_{loop_};
  FixedBits random_;  // the least: half of each wait
  FakeTokens tokens_;
  TokenGuard guard_{clock_, random_, tokens_};
};

TEST_F(TokenGuardTest, SaysFromTheFirstRefusalOnSinceWhenTheTokenIsRefused) {
  EXPECT_FALSE(refused());
  const absl::Time first = clock_.WallNow();
  Refuse(1);
  clock_.Advance(absl::Hours(3));
  Refuse(1);
  ASSERT_TRUE(refused());
  EXPECT_EQ(refused()->since, first);
  EXPECT_EQ(refused()->times, 2);
  EXPECT_EQ(refused()->next_try, absl::ZeroDuration());
}

TEST_F(TokenGuardTest, HoldsNothingBackForOneOrTwoRefusalsAmongMany) {
  for (int i = 0; i < 100; ++i) {
    Refuse(2);
    EXPECT_TRUE(guard_.Admit());
    guard_.OnTaken("first");
    EXPECT_FALSE(refused());
  }
}

TEST_F(TokenGuardTest, HoldsAttemptsBackFromTheThirdRefusalInARowOn) {
  Refuse(3);
  EXPECT_FALSE(guard_.Admit());
  EXPECT_EQ(guard_.Left(), absl::Milliseconds(2500));
  EXPECT_EQ(refused()->next_try, absl::Milliseconds(2500));
  clock_.Advance(absl::Milliseconds(2499));
  EXPECT_FALSE(guard_.Admit());
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_EQ(refused()->next_try, absl::ZeroDuration());
  EXPECT_TRUE(guard_.Admit());
  EXPECT_FALSE(guard_.Admit()) << "one tries";
}

TEST_F(TokenGuardTest, LetsOneTryAfterTwiceAsLongEachTimeUpToAMinute) {
  Refuse(64);  // all that were under way
  for (const double seconds : {2.5, 5.0, 10.0, 20.0, 30.0, 30.0}) {
    EXPECT_EQ(guard_.Left(), absl::Seconds(seconds));
    clock_.Advance(absl::Seconds(seconds));
    ASSERT_TRUE(guard_.Admit());
    Refuse(1);
  }
}

TEST_F(TokenGuardTest, LetsTheNextOneTryWhereWebexDidNotAnswerTheLast) {
  Refuse(3);
  clock_.Advance(absl::Seconds(5));
  EXPECT_TRUE(guard_.Admit());
  clock_.Advance(absl::Seconds(10));
  EXPECT_TRUE(guard_.Admit());
}

TEST_F(TokenGuardTest, IsClearedByTheFirstAttemptThatIsTaken) {
  Refuse(3);
  clock_.Advance(absl::Seconds(5));
  EXPECT_TRUE(guard_.Admit());
  guard_.OnTaken("first");
  EXPECT_FALSE(refused());
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(guard_.Admit());
}

TEST_F(TokenGuardTest, IsClearedAtOnceByAnotherTokenThoughNoOrderComes) {
  Refuse(20);
  tokens_.token = "second";
  EXPECT_FALSE(refused());
  EXPECT_TRUE(guard_.Admit());
  Refuse(1, "second");
  EXPECT_TRUE(refused());
  EXPECT_TRUE(guard_.Admit()) << "what the first one met does not count";
}

TEST_F(TokenGuardTest, HeedsNoWordOnATokenThatIsInUseNoMore) {
  tokens_.token = "second";
  Refuse(5, "first");
  EXPECT_FALSE(refused());
  Refuse(1, "second");
  guard_.OnTaken("first");
  EXPECT_TRUE(refused());
}

TEST_F(TokenGuardTest, SaysToWhoIsHeldBackWhyAndForHowLong) {
  auto* const wire = new FakeHttp;
  const auto client = WithTokenGuard(std::unique_ptr<HttpClient>(wire), guard_);
  Call call{.deadline = Later(clock_.Now(), absl::Seconds(60))};
  Refuse(3);
  Started<absl::StatusOr<HttpAnswer>> sent{loop_, client->Send({.method = "POST"}, call)};
  clock_.RunLoop();
  ASSERT_TRUE(sent.done());
  EXPECT_EQ(SendFailureOf(sent->status()), SendFailure::kNoToken);
  EXPECT_EQ(sent->status().message(), "Webex keeps refusing it, so nothing is sent for 3s");
  EXPECT_EQ(RetryAfterOf(sent->status()), std::nullopt) << "until somebody helps a repeat is refused, too";
  EXPECT_TRUE(wire->sent.empty());

  tokens_.token = "second";
  wire->AnswerWith(200);
  Started<absl::StatusOr<HttpAnswer>> again{loop_, client->Send({.method = "POST"}, call)};
  clock_.RunLoop();
  EXPECT_EQ((*again)->status, 200);
}

}  // namespace
}  // namespace webex_gateway
