#include "server/ops/drain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/server/testing/fake_clock.h"
#include "tests/server/testing/fake_http.h"

namespace webex_gateway {
namespace {

using testing::ElementsAre;

class DrainTest : public testing::Test {
 protected:
  Started<bool> Begin(DrainOptions options) {
    Started<bool> drain{loop_, Drain(clock_, options,
                                     {.not_ready = [this] { steps_.push_back("not ready"); },
                                      .refuse_orders = [this] { steps_.push_back("refuses"); },
                                      .when_idle = [this](std::function<void()> then) { idle_ = std::move(then); }})};
    clock_.RunLoop();
    return drain;
  }

  Loop loop_;
  FakeClock clock_{loop_};
  std::vector<std::string> steps_;
  std::function<void()> idle_;
};

TEST_F(DrainTest, IsNotReadyAtOnceAndTakesOrdersUntilTheDelayIsOver) {
  auto drain = Begin({.delay = absl::Seconds(5), .timeout = absl::Seconds(25)});
  EXPECT_THAT(steps_, ElementsAre("not ready"));
  clock_.Advance(absl::Milliseconds(4999));
  EXPECT_THAT(steps_, ElementsAre("not ready"));
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_THAT(steps_, ElementsAre("not ready", "refuses"));
  EXPECT_FALSE(drain.done());
  idle_();
  clock_.RunLoop();
  ASSERT_TRUE(drain.done());
  EXPECT_TRUE(*drain);
  EXPECT_EQ(clock_.timers(), 0u);
}

TEST_F(DrainTest, EndsAtTheTimeoutWithOrdersStillUnderWay) {
  auto drain = Begin({.delay = absl::Seconds(5), .timeout = absl::Seconds(25)});
  clock_.Advance(absl::Seconds(30) - absl::Nanoseconds(1));
  EXPECT_FALSE(drain.done());
  clock_.Advance(absl::Nanoseconds(1));
  ASSERT_TRUE(drain.done());
  EXPECT_FALSE(*drain);
  idle_();  // whoever is late harms nothing
}

}  // namespace
}  // namespace webex_gateway
