#include "server/ops/history.h"

#include <gtest/gtest.h>

#include "server/base/error.h"
#include "tests/server/testing/fake_clock.h"

namespace webex_gateway {
namespace {

class HistoryTest : public testing::Test {
 protected:
  void Answer(const absl::Status& status, absl::Duration elapsed = absl::ZeroDuration(), int attempts = 1) {
    history_.OnAnswered({.method = "", .status = status, .attempts = attempts, .elapsed = elapsed});
  }
  static absl::Status Error(Outcome outcome, const std::string& reason = "WEBEX_OVERLOADED") {
    return ToStatus({.code = absl::StatusCode::kUnavailable, .reason = reason, .message = "why", .outcome = outcome});
  }
  HistoryPoint Last() const { return history_.Points().back(); }

  Loop loop_;
  FakeClock clock_{loop_};
  History history_{clock_};
};

TEST_F(HistoryTest, IsAQuarterOfAnHourOfNothingAtFirst) {
  const std::vector<HistoryPoint> points = history_.Points();
  EXPECT_EQ(points.size() * History::kStretch, absl::Minutes(15));
  for (const HistoryPoint& point : points) {
    EXPECT_EQ(point.applied + point.not_applied + point.unknown + point.commits + point.failed_commits, 0);
    EXPECT_EQ(point.median + point.p95 + point.longest + point.slowest_commit, absl::ZeroDuration());
  }
}

TEST_F(HistoryTest, CountsOrdersByWhatBecameOfThem) {
  for (int i = 0; i < 3; ++i) Answer(absl::OkStatus());
  for (int i = 0; i < 2; ++i) Answer(Error(Outcome::kNotApplied));
  Answer(Error(Outcome::kUnknown));
  Answer(absl::InternalError("without details"));
  EXPECT_EQ(Last().applied, 3);
  EXPECT_EQ(Last().not_applied, 2);
  EXPECT_EQ(Last().unknown, 2);
}

TEST_F(HistoryTest, CountsNeitherValidationsNorCallsThatAreNotOrders) {
  const absl::Status ok;
  history_.OnAnswered({.method = "", .status = ok, .validated_only = true});
  history_.OnAnswered({.method = "", .status = ok, .is_order = false});
  EXPECT_EQ(Last().applied, 0);
}

TEST_F(HistoryTest, CountsAnUnknownOrderOnceHoweverOftenItIsRepeated) {
  Answer(Error(Outcome::kUnknown, "WEBEX_ANSWER_LOST"));
  for (int i = 0; i < 6; ++i) Answer(Error(Outcome::kUnknown, "OUTCOME_UNKNOWN"), absl::ZeroDuration(), 0);
  EXPECT_EQ(Last().unknown, 1);
}

TEST_F(HistoryTest, SaysSinceWhenWebexRefusesTheGatewayUntilItLetsAnOrderThrough) {
  const absl::Time first = clock_.WallNow();
  EXPECT_FALSE(history_.refusal());
  Answer(Error(Outcome::kNotApplied, "WEBEX_FORBIDDEN"));
  clock_.Advance(absl::Seconds(30));
  Answer(Error(Outcome::kNotApplied, "WEBEX_FORBIDDEN"));
  Answer(Error(Outcome::kUnknown, "WEBEX_ANSWER_LOST"));
  ASSERT_TRUE(history_.refusal());
  EXPECT_EQ(history_.refusal()->since, first);
  EXPECT_EQ(history_.refusal()->reason, "WEBEX_FORBIDDEN");

  Answer(absl::OkStatus(), absl::ZeroDuration(), 0);  // from the ledger: Webex was not asked
  EXPECT_TRUE(history_.refusal());
  Answer(absl::OkStatus());
  EXPECT_FALSE(history_.refusal());
}

TEST_F(HistoryTest, RemembersARefusedCertificateUntilAnythingAnswersThroughTls) {
  Answer(Error(Outcome::kNotApplied, "WEBEX_TLS_FAILED"));
  clock_.Advance(absl::Seconds(30));
  Answer(Error(Outcome::kNotApplied, "WEBEX_TLS_FAILED"));
  ASSERT_TRUE(history_.refusal());
  EXPECT_EQ(history_.refusal()->last - history_.refusal()->since, absl::Seconds(30));
  EXPECT_EQ(history_.refusal()->detail, "why");
  Answer(Error(Outcome::kNotApplied, "WEBEX_UNREACHABLE"));
  EXPECT_TRUE(history_.refusal());
  Answer(ToStatus({.reason = "WEBEX_INTERNAL", .outcome = Outcome::kUnknown, .metadata = {{"http_status", "500"}}}));
  EXPECT_FALSE(history_.refusal());
}

TEST_F(HistoryTest, TakesAFaultOfTheOrderForAProofThatWebexLetItThrough) {
  Answer(Error(Outcome::kNotApplied, "WEBEX_FORBIDDEN"));
  Answer(Error(Outcome::kNotApplied, "WEBEX_ALREADY_EXISTS"));
  EXPECT_FALSE(history_.refusal());
}

TEST_F(HistoryTest, LeavesTheTokenToItsGuard) {
  Answer(Error(Outcome::kNotApplied, "WEBEX_UNAUTHENTICATED"));
  EXPECT_FALSE(history_.refusal());
}

TEST_F(HistoryTest, CountsWhyOrdersWereNotAppliedTheMostFrequentFirst) {
  Answer(absl::OkStatus());
  Answer(Error(Outcome::kUnknown, "WEBEX_TIMEOUT"));
  clock_.Advance(History::kStretch);
  for (int i = 0; i < 2; ++i) Answer(Error(Outcome::kNotApplied, "WEBEX_NOT_FOUND"));
  Answer(Error(Outcome::kNotApplied, "INVALID_REQUEST"), absl::ZeroDuration(), 0);
  clock_.Advance(History::kStretch);
  Answer(Error(Outcome::kNotApplied, "WEBEX_NOT_FOUND"));
  const std::vector<ReasonCount> reasons = history_.Reasons();
  ASSERT_EQ(reasons.size(), 3u);
  EXPECT_EQ(reasons[0].reason, "WEBEX_NOT_FOUND");
  EXPECT_EQ(reasons[0].outcome, "not_applied");
  EXPECT_EQ(reasons[0].orders, 3);
  EXPECT_EQ(reasons[1].reason, "INVALID_REQUEST");
  EXPECT_EQ(reasons[2].outcome, "unknown");
}

TEST_F(HistoryTest, ForgetsReasonsAfterAQuarterOfAnHour) {
  Answer(Error(Outcome::kNotApplied, "WEBEX_NOT_FOUND"));
  clock_.Advance((History::kPoints - 1) * History::kStretch);
  EXPECT_EQ(history_.Reasons().size(), 1u);
  clock_.Advance(History::kStretch);
  EXPECT_TRUE(history_.Reasons().empty());
}

TEST_F(HistoryTest, SaysHowLongOrdersTookToAboutAFifth) {
  for (int i = 1; i <= 100; ++i) Answer(absl::OkStatus(), absl::Milliseconds(10 * i));
  EXPECT_NEAR(absl::ToDoubleMilliseconds(Last().median), 500, 100);
  EXPECT_NEAR(absl::ToDoubleMilliseconds(Last().p95), 950, 190);
  EXPECT_EQ(Last().longest, absl::Seconds(1));
}

TEST_F(HistoryTest, TakesNothingForLongerThanTheLongest) {
  for (const absl::Duration elapsed : {absl::Microseconds(20), absl::Milliseconds(333), absl::Hours(24)}) {
    clock_.Advance(History::kStretch);
    Answer(absl::OkStatus(), elapsed);
    EXPECT_LE(Last().median, elapsed);
    EXPECT_EQ(Last().longest, elapsed);
  }
}

TEST_F(HistoryTest, TakesNoTimesOfOrdersThatWereNotSent) {
  Answer(Error(Outcome::kNotApplied), absl::Seconds(5), /*attempts=*/0);
  EXPECT_EQ(Last().not_applied, 1);
  EXPECT_EQ(Last().longest, absl::ZeroDuration());
  EXPECT_EQ(Last().median, absl::ZeroDuration());
}

TEST_F(HistoryTest, KeepsEachStretchInItsPlaceAndForgetsWhatIsOlderThanAllOfThem) {
  Answer(absl::OkStatus());
  clock_.Advance(History::kStretch);
  for (int i = 0; i < 2; ++i) Answer(absl::OkStatus());
  EXPECT_EQ(history_.Points()[History::kPoints - 2].applied, 1);
  EXPECT_EQ(history_.Points()[History::kPoints - 1].applied, 2);
  clock_.Advance((History::kPoints - 2) * History::kStretch);
  EXPECT_EQ(history_.Points()[0].applied, 1);
  EXPECT_EQ(history_.Points()[1].applied, 2);
  clock_.Advance(History::kStretch);
  EXPECT_EQ(history_.Points()[0].applied, 2);
  Answer(absl::OkStatus());  // where the first one stood
  EXPECT_EQ(Last().applied, 1);
  clock_.Advance(absl::Hours(100));
  for (const HistoryPoint& point : history_.Points()) EXPECT_EQ(point.applied, 0);
}

TEST_F(HistoryTest, CountsTheLedgersCommits) {
  history_.OnCommit(true, absl::Milliseconds(2));
  history_.OnCommit(true, absl::Milliseconds(7));
  history_.OnCommit(false, absl::Milliseconds(1));
  EXPECT_EQ(Last().commits, 2);
  EXPECT_EQ(Last().failed_commits, 1);
  EXPECT_EQ(Last().slowest_commit, absl::Milliseconds(7));
}

}  // namespace
}  // namespace webex_gateway
