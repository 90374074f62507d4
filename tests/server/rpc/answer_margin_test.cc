#include "server/rpc/answer_margin.h"

#include <gtest/gtest.h>

namespace webex_gateway {
namespace {

TEST(AnswerMarginTest, CoversWhatAClientRoundsItsDeadlineUpBy) {
  EXPECT_EQ(AnswerMargin(absl::Milliseconds(50)), absl::Milliseconds(10));
  EXPECT_EQ(AnswerMargin(absl::Milliseconds(500)), absl::Milliseconds(100));
  EXPECT_EQ(AnswerMargin(absl::Milliseconds(9999)), absl::Milliseconds(100));
  EXPECT_EQ(AnswerMargin(absl::Seconds(10)), absl::Milliseconds(200));
  EXPECT_EQ(AnswerMargin(absl::Milliseconds(99'999)), absl::Milliseconds(200));
  EXPECT_EQ(AnswerMargin(absl::Seconds(100)), absl::Milliseconds(1100));
  EXPECT_EQ(AnswerMargin(absl::Seconds(999)), absl::Milliseconds(1100));
  EXPECT_EQ(AnswerMargin(absl::Seconds(1000)), absl::Milliseconds(10'100));
}

}  // namespace
}  // namespace webex_gateway
