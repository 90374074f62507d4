#include "server/base/backoff.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/server/testing/fixed_bits.h"

namespace webex_gateway {
namespace {

constexpr Backoff kBackoff{.first = absl::Seconds(1), .longest = absl::Seconds(10)};

TEST(BackoffTest, DoublesUpToItsLongest) {
  EXPECT_EQ(kBackoff.After(1), absl::Seconds(1));
  EXPECT_EQ(kBackoff.After(2), absl::Seconds(2));
  EXPECT_EQ(kBackoff.After(4), absl::Seconds(8));
  EXPECT_EQ(kBackoff.After(5), absl::Seconds(10));
  EXPECT_EQ(kBackoff.After(std::numeric_limits<int>::max()), absl::Seconds(10));
}

TEST(BackoffTest, IsNeverLongerThanItsLongest) {
  constexpr Backoff backoff{.first = absl::Seconds(20), .longest = absl::Seconds(10)};
  EXPECT_EQ(backoff.After(1), absl::Seconds(10));
}

TEST(BackoffTest, IsDrawnFromItsUpperHalf) {
  FixedBits least;
  EXPECT_EQ(kBackoff.After(3, least), absl::Seconds(2));
}

}  // namespace
}  // namespace webex_gateway
