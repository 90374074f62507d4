#include "server/http/auth.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/server/testing/fake_clock.h"
#include "tests/server/testing/fake_http.h"
#include "tests/server/testing/fake_tokens.h"
#include "tests/server/testing/fixed_bits.h"

namespace webex_gateway {
namespace {

class AuthTest : public testing::Test {
 protected:
  Started<absl::StatusOr<HttpAnswer>> Send() {
    Started<absl::StatusOr<HttpAnswer>> started{loop_, auth_->Send({.method = "POST"}, call_)};
    clock_.RunLoop();
    return started;
  }

  Loop loop_;
  FakeClock clock_{loop_};
  FakeTokens tokens_;
  FixedBits random_;
  TokenGuard guard_{clock_, random_, tokens_};
  FakeHttp wire_;
  const std::unique_ptr<HttpClient> auth_ =
      WithAuth(wire_, tokens_, guard_, [](const HttpAnswer& a) { return a.status == 401; });
  Call call_{.request_id = "r", .deadline = Later(clock_.Now(), absl::Seconds(60))};
};

TEST_F(AuthTest, SendsTheTokenOfTheMoment) {
  wire_.AnswerWith(200);
  wire_.AnswerWith(200);
  Send();
  tokens_.token = "second";
  Send();
  ASSERT_EQ(wire_.sent.size(), 2u);
  EXPECT_EQ(FindHeader(wire_.sent[0].headers, "Authorization"), "Bearer first");
  EXPECT_EQ(FindHeader(wire_.sent[1].headers, "Authorization"), "Bearer second");
}

TEST_F(AuthTest, SendsNothingWithoutAToken) {
  tokens_.token = SendError(SendFailure::kNoToken, "no token yet");
  auto answer = Send();
  ASSERT_TRUE(answer.done());
  EXPECT_EQ(SendFailureOf(answer->status()), SendFailure::kNoToken);
  EXPECT_EQ(answer->status().message(), "no token yet");
  EXPECT_TRUE(wire_.sent.empty());
}

TEST_F(AuthTest, SaysWhetherAnotherTokenIsAtHandOnceOneIsRefused) {
  wire_.AnswerWith(401);
  EXPECT_FALSE((*Send())->credentials_renewed);
  wire_.AnswerWith(401);
  tokens_.once_refused = "second";
  EXPECT_TRUE((*Send())->credentials_renewed);
  EXPECT_THAT(tokens_.refused, testing::ElementsAre("first", "first"));
}

TEST_F(AuthTest, ReportsWebexsVerdictOnTheTokenToTheGuard) {
  wire_.AnswerWith(401);
  Send();
  EXPECT_TRUE(guard_.Health().refused);
  for (const int status : {429, 500, 503}) {
    wire_.AnswerWith(status);
    Send();
    EXPECT_TRUE(guard_.Health().refused) << status << " says nothing of the token";
  }
  wire_.AnswerWith(404);
  Send();
  EXPECT_FALSE(guard_.Health().refused);
}

TEST_F(AuthTest, DoesNotDoubtTheTokenForAnyOtherAnswer) {
  for (const int status : {200, 400, 403, 407, 500}) {
    wire_.AnswerWith(status);
    EXPECT_FALSE((*Send())->credentials_renewed) << status;
  }
  wire_.FailWith(SendFailure::kAnswerLost);
  Send();
  EXPECT_TRUE(tokens_.refused.empty());
}

}  // namespace
}  // namespace webex_gateway
