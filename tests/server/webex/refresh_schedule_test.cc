#include "server/webex/refresh_schedule.h"

#include <gtest/gtest.h>

#include <random>

namespace webex_gateway {
namespace {

struct Range {
  absl::Duration least = absl::InfiniteDuration();
  absl::Duration most = -absl::InfiniteDuration();
};

// What a thousand draws lie between.
template <typename Draw>
Range RangeOf(Draw draw) {
  std::mt19937_64 random(1);
  Range range;
  for (int i = 0; i < 1000; ++i) {
    const absl::Duration drawn = draw(random);
    range.least = std::min(range.least, drawn);
    range.most = std::max(range.most, drawn);
  }
  return range;
}

// The draws fill the range from `least` to `most`, up to a hundredth of it at either end.
void ExpectBetween(const Range& range, absl::Duration least, absl::Duration most) {
  const absl::Duration slack = (most - least) / 100;
  EXPECT_GE(range.least, least);
  EXPECT_LE(range.least, least + slack);
  EXPECT_LE(range.most, most);
  EXPECT_GE(range.most, most - slack);
}

Range MarginsOf(absl::Duration life) {
  return RangeOf([life](std::mt19937_64& random) { return RefreshMargin(life, random); });
}

Range WaitsAfter(const RefreshFailure& failure, int failures) {
  return RangeOf([&](std::mt19937_64& random) { return WaitAfterFailure(failure, failures, random); });
}

TEST(RefreshMargin, IsATenthToAFifthOfALongLife) {
  ExpectBetween(MarginsOf(absl::Hours(14 * 24)), absl::Hours(33.6), absl::Hours(67.2));
  ExpectBetween(MarginsOf(absl::Minutes(10)), absl::Minutes(1), absl::Minutes(2));
}

TEST(RefreshMargin, IsAMinuteOrTwoOfAShortLife) {
  ExpectBetween(MarginsOf(absl::Minutes(5)), absl::Minutes(1), absl::Minutes(2));
  ExpectBetween(MarginsOf(absl::Minutes(4)), absl::Minutes(1), absl::Minutes(2));
}

TEST(RefreshMargin, IsAQuarterToAHalfOfAVeryShortLife) {
  ExpectBetween(MarginsOf(absl::Seconds(40)), absl::Seconds(10), absl::Seconds(20));
  ExpectBetween(MarginsOf(absl::Seconds(1)), absl::Milliseconds(250), absl::Milliseconds(500));
}

TEST(WaitAfterFailure, DoublesFromASecondToAMinute) {
  const RefreshFailure failure;
  ExpectBetween(WaitsAfter(failure, 1), absl::Seconds(0.5), absl::Seconds(1));
  ExpectBetween(WaitsAfter(failure, 2), absl::Seconds(1), absl::Seconds(2));
  ExpectBetween(WaitsAfter(failure, 6), absl::Seconds(16), absl::Seconds(32));
  ExpectBetween(WaitsAfter(failure, 7), absl::Seconds(30), absl::Seconds(60));
  ExpectBetween(WaitsAfter(failure, 1'000'000), absl::Seconds(30), absl::Seconds(60));
}

TEST(WaitAfterFailure, IsAsLongAsWebexAsks) {
  std::mt19937_64 random(1);
  EXPECT_EQ(WaitAfterFailure({.what = "", .retry_after = absl::Minutes(5)}, 1, random), absl::Minutes(5));
  EXPECT_GE(WaitAfterFailure({.what = "", .retry_after = absl::Seconds(1)}, 7, random), absl::Seconds(30));
}

TEST(WaitAfterFailure, IsAMinuteOrTwoWhereOnlyAPersonCanHelp) {
  for (const int failures : {1, 100}) {
    ExpectBetween(WaitsAfter({.what = "", .refused = true}, failures), absl::Minutes(1), absl::Minutes(2));
  }
}

}  // namespace
}  // namespace webex_gateway
