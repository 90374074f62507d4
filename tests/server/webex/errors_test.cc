#include "server/webex/errors.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/server/testing/details.h"

namespace webex_gateway {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(784'111'777);
const Call kCall{.request_id = "r", .attempts = 3};

absl::Status ErrorOf(int status, const std::string& body = "", std::vector<HttpHeader> headers = {},
                     absl::string_view method = "POST") {
  return ErrorOfAnswer({status, std::move(headers), body}, method, kCall, kNow);
}

TEST(ErrorOfAnswer, TakesAConflictForAnExistingWorkspaceOnlyAfterAPost) {
  EXPECT_EQ(ErrorOf(409, "", {}, "POST").code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(ErrorOf(409, "", {}, "PUT").code(), absl::StatusCode::kAborted);
  EXPECT_EQ(ErrorOf(409, "", {}, "DELETE").code(), absl::StatusCode::kAborted);
  EXPECT_EQ(ReasonOf(ErrorOf(409, "", {}, "PUT")), "WEBEX_CONFLICT");
}

TEST(ErrorOfAnswer, PutsWebexsWordsBehindItsOwn) {
  EXPECT_EQ(ErrorOf(404, R"({"message":"no such enterprise"})").message(),
            "Webex does not know what the request names: no such enterprise");
  EXPECT_EQ(ErrorOf(404, "<html>").message(), "Webex does not know what the request names");
}

TEST(ErrorOfAnswer, SaysWhoseCredentialsAreRefused) {
  EXPECT_TRUE(absl::StrContains(ErrorOf(401).message(), "the gateway's credentials (not the caller's)"));
}

TEST(ErrorOfAnswer, NamesTheFaultyFieldAndTheErrorCode) {
  const absl::Status status =
      ErrorOf(400, R"({"errors":[{"description":"is missing","errorCode":1001,"fieldName":"userId"}]})");
  EXPECT_EQ(MetadataOf(status, "webex_error_code"), "1001");
  const auto bad = DetailOf<google::rpc::BadRequest>(status);
  ASSERT_TRUE(bad);
  ASSERT_EQ(bad->field_violations_size(), 1);
  EXPECT_EQ(bad->field_violations(0).field(), "userId");
  EXPECT_EQ(bad->field_violations(0).description(), "is missing");
}

TEST(ErrorOfAnswer, BlamesNoFieldOfTheRequestForOtherFailures) {
  const std::string body = R"({"errors":[{"description":"d","fieldName":"userId"}]})";
  for (const int status : {401, 403, 404, 500}) EXPECT_FALSE(DetailOf<google::rpc::BadRequest>(ErrorOf(status, body)));
}

TEST(ErrorOfAnswer, TakesTheDateOfRetryAfterFromTheClockItIsGiven) {
  const absl::Status status = ErrorOf(429, "", {{"Retry-After", "Sun, 06 Nov 1994 08:50:07 GMT"}});
  EXPECT_EQ(RetryDelayOf(status), absl::Seconds(30));
}

TEST(ErrorOfAnswer, StaysSmallWhateverWebexSays) {
  std::string kanji;
  for (int i = 0; i < 4'000; ++i) kanji += "\xe4\xbc\x9a";
  const std::string body = absl::StrCat(R"({"errors":[{"description":")", kanji, R"(","errorCode":")", kanji,
                                        R"(","fieldName":")", kanji, R"("}],"trackingId":")", kanji, "\"}");
  const absl::Status status = ErrorOf(400, body, {{"TrackingID", std::string(128, 'x')}});
  EXPECT_LT(WireSizeOf(status), 7u << 10);
  EXPECT_EQ(MetadataOf(status, "webex_tracking_id"), std::string(128, 'x'));
  EXPECT_TRUE(DetailOf<google::rpc::BadRequest>(status));
  EXPECT_EQ((status.message().size() - absl::string_view("Webex finds the request invalid: ").size()) % 3, 0u);
}

TEST(RefusesAccessToken, IsA401OrA400ThatSaysSo) {
  EXPECT_TRUE(RefusesAccessToken({401, {}, ""}));
  EXPECT_TRUE(RefusesAccessToken({400, {}, R"({"message":"Invalid Access Token."})"}));
  EXPECT_TRUE(RefusesAccessToken(
      {400, {}, R"({"message":"Invalid access token.","errors":[{"description":"Invalid access token."}]})"}));
  EXPECT_FALSE(RefusesAccessToken({400, {}, R"({"message":"Invalid userId."})"}));
  EXPECT_FALSE(RefusesAccessToken({403, {}, R"({"message":"Invalid access token."})"}));
  EXPECT_FALSE(RefusesAccessToken({200, {}, "Invalid access token."}));
}

std::string TrackingId(const std::string& header, const std::string& in_body, int status = 404) {
  return TrackingIdOf({status, {{"trackingid", header}}, absl::StrCat(R"({"trackingId":")", in_body, "\"}")});
}

TEST(TrackingIdOf, IsTheBodysBeforeTheHeaders) {
  EXPECT_EQ(TrackingId("header", "body"), "body");
  EXPECT_EQ(TrackingId("header", ""), "header");
  EXPECT_EQ(TrackingId("", "body"), "body");
  EXPECT_EQ(TrackingId("", ""), "");
}

TEST(TrackingIdOf, IsTheSameInTheErrorOfTheAnswer) {
  const HttpAnswer answer{404, {{"TrackingID", "header"}}, R"({"trackingId":"body"})"};
  EXPECT_EQ(MetadataOf(ErrorOfAnswer(answer, "POST", kCall, kNow), "webex_tracking_id"), TrackingIdOf(answer));
}

TEST(TrackingIdOf, IsTheFirstWhereAProxyDoubledIt) {
  EXPECT_EQ(TrackingId("a,b", ""), "a");
  EXPECT_EQ(TrackingId(" a , a", ""), "a");
}

TEST(TrackingIdOf, IsNothingThatCouldBeAPersonsAddressOrNumber) {
  EXPECT_EQ(TrackingId("", "ROUTER_67c0-01F4:0.1"), "ROUTER_67c0-01F4:0.1");
  EXPECT_EQ(TrackingId("", "alice.smith@sp.com"), "");
  EXPECT_EQ(TrackingId("", "+1-240-555-1212"), "");
}

TEST(TrackingIdOf, IsFitForAHeaderOrLeftOut) {
  EXPECT_EQ(TrackingId("", "a b"), "");
  EXPECT_EQ(TrackingId("", "a\\nb"), "");
  EXPECT_EQ(TrackingId("", "\xc3\x9c"), "");
  EXPECT_EQ(TrackingId("", std::string(129, 'x')), "");
  EXPECT_EQ(TrackingId("", std::string(128, 'x')), std::string(128, 'x'));
  EXPECT_EQ(TrackingId("header", "a b"), "header");
}

TEST(UnreadableAnswer, SaysThatTheOrderMayHaveTakenEffect) {
  const absl::Status status = UnreadableAnswer({200, {{"TrackingID", "T1"}}, "<html>"}, kCall, "is odd");
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(ReasonOf(status), "WEBEX_ANSWER_UNREADABLE");
  EXPECT_EQ(OutcomeOf(status), "unknown");
  EXPECT_EQ(MetadataOf(status, "http_status"), "200");
  EXPECT_EQ(MetadataOf(status, "attempts"), "3");
}

TEST(ErrorOfSend, QuotesTheWireAndSaysWhoLacksCredentials) {
  EXPECT_EQ(ErrorOfSend(SendError(SendFailure::kUnreachable, "connection refused"), kCall).message(),
            "Webex cannot be reached: connection refused");
  EXPECT_EQ(ErrorOfSend(SendError(SendFailure::kNoToken, "no file"), kCall).message(),
            "the gateway has no usable token for Webex: no file");
}

}  // namespace
}  // namespace webex_gateway
