#include "server/ledger/watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "tests/server/testing/fake_clock.h"
#include "tests/server/testing/fake_http.h"

namespace webex_gateway {
namespace {

using testing::ElementsAre;

class LedgerWatchTest : public testing::Test {
 protected:
  const absl::Status failed_ = absl::UnavailableError("the disk is full");
  const absl::Status held_ = absl::UnavailableError("the database has failed over");
  Loop loop_;
  FakeClock clock_{loop_};
  std::vector<absl::Status> changes_;
  LedgerWatch watch_{
      clock_, absl::Seconds(10), {.changed = [this](const absl::Status& status) { changes_.push_back(status); }}};
};

TEST_F(LedgerWatchTest, ReportsEachChangeOnce) {
  for (const absl::Status& result : {absl::OkStatus(), failed_, failed_, absl::OkStatus(), absl::OkStatus()}) {
    watch_.OnWrite(result, absl::ZeroDuration());
  }
  EXPECT_THAT(changes_, ElementsAre(failed_, absl::OkStatus()));
}

TEST_F(LedgerWatchTest, SaysThatAllIsWellOnlyOnceNothingHoldsAndWritesGoWell) {
  watch_.OnHold(held_);
  watch_.OnHold(held_);
  EXPECT_EQ(watch_.Health().trouble, "the database has failed over");
  watch_.OnWrite(failed_, absl::ZeroDuration());
  EXPECT_EQ(watch_.Health().trouble, "the disk is full");
  watch_.OnWrite(absl::OkStatus(), absl::ZeroDuration());
  EXPECT_EQ(watch_.Health().trouble, "the database has failed over");
  watch_.OnWrite(failed_, absl::ZeroDuration());
  watch_.OnHold(absl::OkStatus());
  EXPECT_EQ(watch_.Health().trouble, "the disk is full");
  watch_.OnWrite(absl::OkStatus(), absl::ZeroDuration());
  EXPECT_EQ(watch_.Health().trouble, "");
  EXPECT_THAT(changes_, ElementsAre(held_, failed_, held_, failed_, absl::OkStatus()));
}

TEST_F(LedgerWatchTest, SaysThatNothingAnswersWhereNoWriteHasEndedForTooLong) {
  clock_.Advance(absl::Seconds(10));
  EXPECT_EQ(watch_.Health().trouble, "");
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(watch_.Health().trouble, "no write has ended for 11s: its storage does not respond");
}

}  // namespace
}  // namespace webex_gateway
