#include "server/ops/applied_watch.h"

#include <gtest/gtest.h>

#include "server/base/error.h"
#include "tests/server/testing/fake_clock.h"

namespace webex_gateway {
namespace {

class AppliedWatchTest : public testing::Test {
 protected:
  void Answer(const absl::Status& status, int times = 1, int attempts = 1) {
    for (int i = 0; i < times; ++i) watch_.OnAnswered({.method = "", .status = status, .attempts = attempts});
  }
  static absl::Status Error(const std::string& reason, Outcome outcome = Outcome::kNotApplied) {
    return ToStatus({.code = absl::StatusCode::kNotFound, .reason = reason, .message = "why", .outcome = outcome});
  }

  Loop loop_;
  FakeClock clock_{loop_};
  AppliedWatch watch_{clock_};
};

TEST_F(AppliedWatchTest, WarnsOnceTenOrdersInARowWereNotApplied) {
  const absl::Time first = clock_.WallNow();
  Answer(Error("WEBEX_NOT_FOUND"), 9);
  clock_.Advance(absl::Seconds(30));
  EXPECT_FALSE(watch_.warning());
  Answer(Error("WEBEX_NOT_FOUND"));
  ASSERT_TRUE(watch_.warning());
  EXPECT_EQ(watch_.warning()->orders, 10);
  EXPECT_EQ(watch_.warning()->since, first);
  EXPECT_EQ(watch_.warning()->Words(), "none of the last 10 orders was applied: WEBEX_NOT_FOUND");
}

TEST_F(AppliedWatchTest, WarnsWhateverTheReasonAndNamesTheLastOne) {
  for (const char* reason : {"INVALID_REQUEST", "WEBEX_ALREADY_EXISTS", "WEBEX_CIRCUIT_OPEN", "LEDGER_UNAVAILABLE"}) {
    Answer(Error(reason), 3, /*attempts=*/0);
  }
  Answer(Error("WEBEX_TIMEOUT", Outcome::kUnknown));
  ASSERT_TRUE(watch_.warning());
  EXPECT_EQ(watch_.warning()->orders, 13);
  EXPECT_EQ(watch_.warning()->reason, "WEBEX_TIMEOUT");
}

TEST_F(AppliedWatchTest, IsClearedByOneOrderThatIsApplied) {
  Answer(Error("WEBEX_NOT_FOUND"), 20);
  Answer(absl::OkStatus());
  EXPECT_FALSE(watch_.warning());
  EXPECT_EQ(watch_.since_applied(), 0);
  Answer(Error("WEBEX_NOT_FOUND"), 9);
  EXPECT_FALSE(watch_.warning()) << "those before count no more";
}

TEST_F(AppliedWatchTest, LearnsNothingFromAnswersAboutEarlierOrders) {
  Answer(Error("WEBEX_NOT_FOUND"), 10);
  Answer(absl::OkStatus(), 1, /*attempts=*/0);  // from the ledger
  Answer(Error("OUTCOME_UNKNOWN", Outcome::kUnknown), 5, 0);
  Answer(Error("OPERATION_IN_PROGRESS", Outcome::kUnknown), 5, 0);
  EXPECT_EQ(watch_.since_applied(), 10);
  EXPECT_TRUE(watch_.warning());
}

TEST_F(AppliedWatchTest, CountsNeitherValidationsNorCallsThatAreNotOrders) {
  const absl::Status error = Error("OPERATION_NOT_FOUND");
  const absl::Status ok;
  for (int i = 0; i < 10; ++i) watch_.OnAnswered({.method = "", .status = error, .is_order = false});
  EXPECT_EQ(watch_.since_applied(), 0);
  Answer(error, 10);
  watch_.OnAnswered({.method = "", .status = ok, .attempts = 1, .validated_only = true});
  EXPECT_TRUE(watch_.warning());
}

TEST_F(AppliedWatchTest, ShowsTheRowInItsMetricFromTheFirstOn) {
  const auto value = [this] { return ReadingsOf(watch_).at(0).samples.at(0).value; };
  EXPECT_EQ(value(), 0);
  Answer(Error("WEBEX_NOT_FOUND"), 3);
  EXPECT_EQ(ReadingsOf(watch_).at(0).name, "webex_gateway_orders_since_applied");
  EXPECT_EQ(value(), 3);
}

}  // namespace
}  // namespace webex_gateway
