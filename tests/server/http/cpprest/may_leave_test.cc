// A process that is held up at any moment (SIGSTOP, a suspended host, a busy loop) goes on where it stood, before any
// timer: nothing may leave then that others may have taken over meanwhile.
#include <gtest/gtest.h>

#include <memory>

#include "server/base/lease.h"
#include "server/http/cpprest/client.h"
#include "tests/server/testing/scripted_server.h"
#include "tests/server/testing/wire_under_test.h"

namespace webex_gateway {
namespace {

class MayLeaveTest : public testing::Test {
 protected:
  MayLeaveTest() {
    wire_.lease_ = lease_;
    wire_.OnLoop([this] { lease_->until = Later(wire_.clock_->Now(), absl::Seconds(15)); });
  }

  // The library is at work on the request then, and nothing of ours is asked again until its body is due.
  void HoldUpInTheHandshake(absl::Duration time) {
    server_.BeforeHandshake([this, time, held_up = std::make_shared<bool>(false)] {
      if (!std::exchange(*held_up, true)) wire_.clock_->Jump(time);
    });
  }

  void ExpectThatTheNextOrderIsSentAsEver() {
    wire_.OnLoop([this] { lease_->until = Later(wire_.clock_->Now(), absl::Seconds(15)); });
    const absl::StatusOr<HttpAnswer> answer = wire_.Post();
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->body, "{}");
    EXPECT_EQ(server_.whole_requests(), 1);
  }

  const std::shared_ptr<Lease> lease_ = std::make_shared<Lease>();
  ScriptedServer server_{/*tls=*/true};
  WireUnderTest wire_{server_, "https"};
};

TEST_F(MayLeaveTest, HoldsTheBodyBackWhereTheDeadlineHasPassedThoughNoTimerWasCalled) {
  wire_.deadline_ = absl::Seconds(8);
  lease_->until = Clock::Time::max();
  HoldUpInTheHandshake(absl::Seconds(8));
  EXPECT_EQ(SendFailureOf(wire_.Post().status()), SendFailure::kDeadline);
  EXPECT_EQ(server_.whole_requests(), 0);
  EXPECT_EQ(wire_.Counts().sends, 0);
  lease_->until = Clock::Time();
  ExpectThatTheNextOrderIsSentAsEver();
}

TEST_F(MayLeaveTest, HoldsTheBodyBackWhereTheLeaseHasRunOut) {
  HoldUpInTheHandshake(absl::Seconds(15));
  const absl::Status failed = wire_.Post().status();
  EXPECT_EQ(SendFailureOf(failed), SendFailure::kLeaseLost) << failed;
  EXPECT_EQ(server_.whole_requests(), 0);
  EXPECT_EQ(wire_.Counts().sends, 0);
  ExpectThatTheNextOrderIsSentAsEver();
}

TEST_F(MayLeaveTest, LetsTheBodyGoWhereTheTimeThatPassedLeavesTheRight) {
  HoldUpInTheHandshake(absl::Seconds(14));
  EXPECT_TRUE(wire_.Post().ok());
}

TEST_F(MayLeaveTest, ConnectsNowhereWithoutTheRight) {
  wire_.OnLoop([this] { lease_->until = wire_.clock_->Now(); });
  EXPECT_EQ(SendFailureOf(wire_.Post().status()), SendFailure::kLeaseLost);
  EXPECT_EQ(server_.connections(), 0);
}

}  // namespace
}  // namespace webex_gateway
