#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/random/random.h"
#include "server/http/stack.h"
#include "tests/server/testing/fake_clock.h"
#include "tests/server/testing/fake_http.h"

namespace webex_gateway {
namespace {

class RetryTest : public testing::Test {
 protected:
  Started<absl::StatusOr<HttpAnswer>> Send(HttpRequest request) {
    return {loop_, retry_->Send(std::move(request), call_)};
  }

  Loop loop_;
  FakeClock clock_{loop_};
  absl::BitGen random_;
  FakeHttp* const wire_ = new FakeHttp;
  const std::unique_ptr<HttpClient> retry_ =
      WithRetry(std::unique_ptr<HttpClient>(wire_), clock_, random_, RetryOptions{});
  Call call_{.request_id = "r", .deadline = Later(clock_.Now(), absl::Seconds(60))};
};

TEST_F(RetryTest, WaitsAsLongAsRetryAfterSays) {
  wire_->AnswerWith(429, {{"retry-after", "7"}});
  wire_->AnswerWith(200);
  auto answer = Send({.method = "POST"});
  clock_.Advance(absl::Milliseconds(6999));
  EXPECT_EQ(wire_->sent.size(), 1u);
  clock_.Advance(absl::Milliseconds(1));
  ASSERT_TRUE(answer.done());
  EXPECT_EQ((*answer)->status, 200);
  EXPECT_EQ(call_.attempts, 2);
}

TEST_F(RetryTest, DoesNotBeginAWaitThatWouldPassTheDeadline) {
  wire_->AnswerWith(429, {{"Retry-After", "60"}});
  auto answer = Send({.method = "POST"});
  clock_.RunLoop();
  ASSERT_TRUE(answer.done());
  EXPECT_EQ((*answer)->status, 429);
}

TEST_F(RetryTest, NeverRepeatsAPostWhoseAnswerWasLost) {
  wire_->FailWith(SendFailure::kAnswerLost);
  auto answer = Send({.method = "POST"});
  clock_.Advance(absl::Seconds(59));
  ASSERT_TRUE(answer.done());
  EXPECT_EQ(SendFailureOf(answer->status()), SendFailure::kAnswerLost);
  EXPECT_EQ(wire_->sent.size(), 1u);
}

}  // namespace
}  // namespace webex_gateway
