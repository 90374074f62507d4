// The limiters that settings select, and their answers.
#include "tests/sandbox/rate_limit.h"

#include <vector>

#include "gmock/gmock.h"

namespace webex_gateway::sandbox {
namespace {

using testing::Eq;
using testing::Optional;

class RateLimitTest : public testing::Test {
 protected:
  // How many of this many orders at once are accepted; none stays under way.
  int TakenOf(int orders) {
    int taken = 0;
    for (int i = 0; i < orders; ++i) taken += rate_limit_.Take(limit_, now_).taken ? 1 : 0;
    return taken;
  }

  void Elapse(absl::Duration by) { now_ += by; }

  absl::Time now_ = absl::FromUnixSeconds(1571408776);
  Limit limit_;
  RateLimit rate_limit_;
};

TEST_F(RateLimitTest, NoneUnlessItIsSet) {
  for (const LimiterKind kind :
       {LimiterKind::kBucket, LimiterKind::kFixedWindow, LimiterKind::kSlidingWindow, LimiterKind::kUnderWay}) {
    limit_ = {.kind = kind};
    EXPECT_EQ(TakenOf(1000), 1000) << NameOf(kind);
  }
}

TEST_F(RateLimitTest, BucketHoldsTheBurstAndFillsAtTheRate) {
  limit_ = {.per_second = 10, .burst = 30};
  EXPECT_EQ(TakenOf(100), 30);
  Elapse(absl::Milliseconds(500));
  EXPECT_EQ(TakenOf(100), 5);
  Elapse(absl::Hours(1));
  EXPECT_EQ(TakenOf(100), 30);
}

TEST_F(RateLimitTest, BucketHoldsASecondsWorthByDefaultAndAtLeastOne) {
  limit_ = {.per_second = 10};
  EXPECT_EQ(TakenOf(100), 10);
  limit_ = {.per_second = 0.5};
  EXPECT_EQ(TakenOf(100), 1);
}

TEST_F(RateLimitTest, FixedWindowIsOpenAgainAsAWhole) {
  limit_ = {.kind = LimiterKind::kFixedWindow, .per_second = 5, .window = absl::Seconds(10)};
  EXPECT_EQ(TakenOf(100), 50);
  const RateLimit::Verdict refused = rate_limit_.Take(limit_, now_);
  EXPECT_FALSE(refused.taken);
  EXPECT_GT(refused.rest, absl::Seconds(1));
  EXPECT_LE(refused.rest, absl::Seconds(10));
  Elapse(refused.rest - absl::Seconds(1));
  EXPECT_EQ(TakenOf(100), 0);
  Elapse(absl::Seconds(1));
  EXPECT_EQ(TakenOf(100), 50);
}

TEST_F(RateLimitTest, SlidingWindowOpensAsItsOrdersLeaveIt) {
  limit_ = {.kind = LimiterKind::kSlidingWindow, .per_second = 0.5, .window = absl::Seconds(10)};
  EXPECT_EQ(TakenOf(2), 2);
  Elapse(absl::Seconds(4));
  EXPECT_EQ(TakenOf(100), 3);
  EXPECT_EQ(rate_limit_.Take(limit_, now_).rest, absl::Seconds(6));
  Elapse(absl::Seconds(6));
  EXPECT_EQ(TakenOf(100), 2);
}

TEST_F(RateLimitTest, UnderWayCountsWhatIsHeld) {
  limit_ = {.kind = LimiterKind::kUnderWay, .burst = 2};
  std::vector<RateLimit::Verdict> held = {rate_limit_.Take(limit_, now_), rate_limit_.Take(limit_, now_)};
  EXPECT_EQ(TakenOf(1), 0);
  held.pop_back();
  EXPECT_EQ(TakenOf(1), 1);
}

TEST_F(RateLimitTest, OrdersUnderADifferentLimitAreNotThisOnes) {
  limit_ = {.kind = LimiterKind::kUnderWay, .burst = 1};
  RateLimit::Verdict before = rate_limit_.Take(limit_, now_);
  limit_.burst = 2;
  const RateLimit::Verdict held = rate_limit_.Take(limit_, now_);
  before = {};
  EXPECT_EQ(TakenOf(1), 1);
  rate_limit_.Reset();
  const RateLimit::Verdict first = rate_limit_.Take(limit_, now_);
  const RateLimit::Verdict second = rate_limit_.Take(limit_, now_);
  EXPECT_TRUE(first.taken && second.taken);
  EXPECT_EQ(TakenOf(1), 0);
}

TEST_F(RateLimitTest, AClockThatIsSetBackTakesNothingFromAnyone) {
  limit_ = {.per_second = 10};
  EXPECT_EQ(TakenOf(100), 10);
  Elapse(-absl::Hours(1));
  EXPECT_EQ(TakenOf(100), 0);
  Elapse(absl::Hours(1) + absl::Milliseconds(100));
  EXPECT_EQ(TakenOf(100), 1);
}

TEST_F(RateLimitTest, KindsHaveNames) {
  for (const LimiterKind kind :
       {LimiterKind::kBucket, LimiterKind::kFixedWindow, LimiterKind::kSlidingWindow, LimiterKind::kUnderWay}) {
    EXPECT_THAT(LimiterKindOf(NameOf(kind)), Optional(kind));
  }
  EXPECT_THAT(LimiterKindOf("leaky"), Eq(std::nullopt));
}

TEST(RetryAfterOfTest, IsTheRestTheDateNothingOrWhatItSays) {
  const absl::Time now = absl::FromUnixMillis(1571408776007);  // Fri, 18 Oct 2019 14:26:16 GMT
  EXPECT_THAT(RetryAfterOf("none", absl::Seconds(5), now), Eq(std::nullopt));
  EXPECT_THAT(RetryAfterOf("rest", absl::Milliseconds(5001), now), Optional(Eq("6")));
  EXPECT_THAT(RetryAfterOf("rest", absl::ZeroDuration(), now), Optional(Eq("1")));
  EXPECT_THAT(RetryAfterOf("date:5", absl::ZeroDuration(), now), Optional(Eq("Fri, 18 Oct 2019 14:26:22 GMT")));
  EXPECT_THAT(RetryAfterOf("date:-60", absl::ZeroDuration(), now), Optional(Eq("Fri, 18 Oct 2019 14:25:17 GMT")));
  for (const std::string text : {"30", "rand(30),add(30)", "", "date:soon", "Fri, 18 Oct 2019 14:26:22 GMT"}) {
    EXPECT_THAT(RetryAfterOf(text, absl::Seconds(5), now), Optional(Eq(text)));
  }
}

}  // namespace
}  // namespace webex_gateway::sandbox
