#include "server/ledger/retention.h"

#include <gtest/gtest.h>

namespace webex_gateway {
namespace {

constexpr absl::Duration kRetention = absl::Hours(72);

class RetentionTest : public testing::Test {
 protected:
  // As a ledger that looks each minute; whether the last look let it forget.
  bool MayForgetAfter(absl::Duration time) {
    bool may = false;
    for (; time > absl::ZeroDuration(); time -= absl::Minutes(1)) {
      now_ = Later(now_, absl::Minutes(1));
      wall_ += absl::Minutes(1);
      may = May();
    }
    return may;
  }
  bool May() {
    const std::optional<absl::Time> before = retention_.ForgetBefore(now_, wall_);
    EXPECT_EQ(before.value_or(wall_ - kRetention), wall_ - kRetention);
    return before.has_value();
  }

  Retention retention_{kRetention};
  Clock::Time now_;
  absl::Time wall_ = absl::FromUnixSeconds(1'700'000'000);
};

TEST_F(RetentionTest, ForgetsNothingInTheFirstHoursOfARun) {
  EXPECT_FALSE(May());
  EXPECT_FALSE(MayForgetAfter(absl::Hours(3) - absl::Minutes(1)));
  EXPECT_TRUE(MayForgetAfter(absl::Minutes(1)));
}

TEST_F(RetentionTest, ForgetsNothingForHoursAfterTheClockHasJumpedEitherWay) {
  May();
  ASSERT_TRUE(MayForgetAfter(absl::Hours(4)));
  for (const absl::Duration jump : {absl::Hours(24 * 365 * 10), -absl::Hours(24 * 365 * 10), absl::Minutes(3)}) {
    wall_ += jump;
    EXPECT_FALSE(MayForgetAfter(absl::Hours(3)));
    EXPECT_TRUE(MayForgetAfter(absl::Minutes(2)));
  }
}

TEST_F(RetentionTest, TakesASuspendedHostsClockForOneThatHasJumped) {
  May();
  ASSERT_TRUE(MayForgetAfter(absl::Hours(4)));
  wall_ += absl::Hours(100);  // while the steady one stood still
  EXPECT_FALSE(May());
}

TEST_F(RetentionTest, LetsAClockBePutRightByAMoment) {
  May();
  ASSERT_TRUE(MayForgetAfter(absl::Hours(4)));
  wall_ -= absl::Seconds(50);
  EXPECT_TRUE(May());
}

}  // namespace
}  // namespace webex_gateway
