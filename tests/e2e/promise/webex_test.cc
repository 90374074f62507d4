// What the checker's Webex does and what it reports agree.

#include "tests/e2e/promise/webex.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/sandbox/raw_client.h"

namespace webex_gateway::promise {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kBody[] = R"({"userId":"user","displayName":"Room"})";

class WebexTest : public testing::Test {
 protected:
  // What a Webex that always does this answers to one order.
  std::string Post(Manners manners) {
    Webex webex(checker_, 1, std::move(manners));
    const auto call = checker_.Begin(Checker::Kind::kOrder, "id", "user", "test");
    sandbox::RawClient client(webex.port());
    EXPECT_TRUE(webex.AwaitConnection(absl::Seconds(20)));
    client.Send(absl::StrCat("POST /v1/broadworks/workspaces HTTP/1.1\r\nTrackingID: WXGW_id_1\r\nContent-Length: ",
                             sizeof kBody - 1, "\r\n\r\n", kBody));
    client.Shutdown();
    std::string answer = client.ReadAll();
    EXPECT_EQ(webex.posts(), 1);
    checker_.End(call, {.word = Word::kUnknown});
    EXPECT_THAT(checker_.faults(), IsEmpty());
    return answer;
  }
  std::string Post(Fate fate) { return Post(Manners{{{fate, 1}}}); }

  Checker checker_;
};

TEST_F(WebexTest, MakesTheWorkspaceThatItAnswersWith) {
  EXPECT_THAT(Post(Fate::kOk), HasSubstr(R"({"id":"workspace-1","userId":"user","displayName":"Room"})"));
  EXPECT_EQ(checker_.WorkspaceOf("user"), "workspace-1");
}

TEST_F(WebexTest, MakesItWithoutSayingWhich) {
  EXPECT_THAT(Post(Fate::kAccepted), HasSubstr("HTTP/1.1 202"));
  EXPECT_EQ(checker_.workspaces(), 1);
}

TEST_F(WebexTest, CreatesItAndFailsNevertheless) {
  EXPECT_THAT(Post(Fate::kMade500), HasSubstr("HTTP/1.1 500"));
  EXPECT_EQ(checker_.workspaces(), 1);
}

TEST_F(WebexTest, MakesItAndLosesTheAnswer) {
  EXPECT_EQ(Post(Fate::kLost), "");
  EXPECT_EQ(checker_.WorkspaceOf("user"), "workspace-1");
}

TEST_F(WebexTest, MakesNothingWhereItRefusesOrBreaksOff) {
  EXPECT_EQ(Post(Fate::kClosed), "");
  EXPECT_THAT(Post(Fate::kBare500), HasSubstr("HTTP/1.1 500"));
  EXPECT_THAT(Post(Fate::kBadGateway), HasSubstr("HTTP/1.1 502"));
  EXPECT_THAT(Post(Fate::kBusy), HasSubstr("HTTP/1.1 503"));
  EXPECT_THAT(Post(Fate::kRefused), HasSubstr("HTTP/1.1 400"));
  EXPECT_EQ(checker_.workspaces(), 0);
}

TEST_F(WebexTest, AsksTheFirstOrderToComeAgainWhereItIsCrowded) {
  EXPECT_THAT(Post(Crowded(absl::Seconds(6))),
              testing::ContainsRegex("HTTP/1.1 429 .*\r\n(.*\r\n)*Retry-After: 6\r\n"));
  EXPECT_EQ(checker_.workspaces(), 0);
}

}  // namespace
}  // namespace webex_gateway::promise
