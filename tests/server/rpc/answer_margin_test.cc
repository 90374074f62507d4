#include "server/rpc/answer_margin.h"

#include <gtest/gtest.h>

namespace webex_gateway {
namespace {

TEST(AnswerMarginTest, CoversWhatAClientRoundsItsDeadlineUpBy) {
  EXPECT_EQ(AnswerMargin(absl::Milliseconds(50)), absl::Milliseconds(10));
  EXPECT_EQ(AnswerMargin(absl::Milliseconds(9999)), absl::Milliseconds(20));
  EXPECT_EQ(AnswerMargin(absl::Seconds(10)), absl::Milliseconds(120));
  EXPECT_EQ(AnswerMargin(absl::Milliseconds(99'999)), absl::Milliseconds(120));
  EXPECT_EQ(AnswerMargin(absl::Seconds(100)), absl::Milliseconds(1020));
  EXPECT_EQ(AnswerMargin(absl::Seconds(999)), absl::Milliseconds(1020));
  EXPECT_EQ(AnswerMargin(absl::Seconds(1000)), absl::Milliseconds(10'020));
}

}  // namespace
}  // namespace webex_gateway
