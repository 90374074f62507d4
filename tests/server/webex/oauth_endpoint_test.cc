#include "server/webex/oauth_endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace webex_gateway {
namespace {

using testing::HasSubstr;
using testing::Not;

const absl::Time kRefreshedAt = absl::FromUnixSeconds(1'700'000'000);

TEST(FormEncode, LeavesAloneWhatNeedsNoCareAndEncodesEveryOtherByte) {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const bool plain = byte < 128 && (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '*' || c == '-' ||
                                      c == '.' || c == '_');
    std::string encoded = absl::StrFormat("%%%02X", byte);
    if (plain) encoded = std::string(1, c);
    if (c == ' ') encoded = "+";
    EXPECT_EQ(FormEncode({{absl::string_view(&c, 1), absl::string_view(&c, 1)}}), absl::StrCat(encoded, "=", encoded));
  }
}

TEST(FormEncode, JoinsItsFields) {
  EXPECT_EQ(FormEncode({}), "");
  EXPECT_EQ(FormEncode({{"a", ""}, {"b", "x=y&z"}, {"c d", "ä"}}), "a=&b=x%3Dy%26z&c+d=%C3%A4");
}

TEST(RefreshRequest, IsAFormWithoutAnAuthorizationHeader) {
  const HttpRequest request = RefreshRequest({"C1 d", "s+ecret", "r/efresh"});
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/access_token");
  EXPECT_EQ(request.body, "grant_type=refresh_token&client_id=C1+d&client_secret=s%2Becret&refresh_token=r%2Fefresh");
  EXPECT_EQ(FindHeader(request.headers, "Content-Type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(FindHeader(request.headers, "Authorization"), std::nullopt);
  EXPECT_FALSE(request.repeatable);
}

std::variant<OAuthGrant, RefreshFailure> Read(int status, std::string body, std::vector<HttpHeader> headers = {}) {
  return ReadRefreshAnswer(HttpAnswer{status, std::move(headers), std::move(body)}, kRefreshedAt);
}

OAuthGrant GrantOf(std::string body) {
  auto read = Read(200, std::move(body));
  EXPECT_TRUE(std::holds_alternative<OAuthGrant>(read)) << std::get<RefreshFailure>(read).what;
  return std::get<OAuthGrant>(std::move(read));
}

RefreshFailure FailureOf(int status, std::string body, std::vector<HttpHeader> headers = {}) {
  return std::get<RefreshFailure>(Read(status, std::move(body), std::move(headers)));
}

TEST(ReadRefreshAnswer, ReadsWebexsGrant) {
  const OAuthGrant grant =
      GrantOf(R"({"access_token":"A","expires_in":1209599,"refresh_token":"R","refresh_token_expires_in":7775999,)"
              R"("token_type":"Bearer","scope":"spark-admin:places_write"})");
  EXPECT_EQ(grant.access_token, "A");
  EXPECT_EQ(grant.expires_in, absl::Seconds(1209599));
  EXPECT_EQ(grant.refresh_token, "R");
  EXPECT_EQ(grant.refresh_token_expires_in, absl::Seconds(7775999));
}

TEST(ReadRefreshAnswer, NeedsNothingButTheAccessToken) {
  const OAuthGrant grant = GrantOf(R"({"access_token":"A"})");
  EXPECT_EQ(grant.expires_in, std::nullopt);
  EXPECT_EQ(grant.refresh_token, "");
  EXPECT_EQ(grant.refresh_token_expires_in, std::nullopt);
}

TEST(ReadRefreshAnswer, TakesSecondsAsATextTooAndLeavesOutWhatIsNoTime) {
  const auto expires_in = [](const std::string& json) {
    return GrantOf(R"({"access_token":"A","expires_in":)" + json + "}").expires_in;
  };
  EXPECT_EQ(expires_in("\"60\""), absl::Seconds(60));
  EXPECT_EQ(expires_in("0.5"), absl::Milliseconds(500));
  EXPECT_EQ(expires_in("1e300"), absl::Hours(10 * 365 * 24));
  for (const char* json : {"0", "-1", "null", "true", "\"soon\"", "\"nan\"", "[60]", "{}"}) {
    EXPECT_EQ(expires_in(json), std::nullopt) << json;
  }
}

TEST(ReadRefreshAnswer, ReadsATokenBehindAByteOrderMarkAndBesideWhatNobodyNeeds) {
  const std::string deep = std::string(1000, '[') + std::string(1000, ']');
  for (const std::string& x : {std::string("1e999"), deep, std::string(R"({"k":1,"k":2})"), std::string("\"\xff\"")}) {
    EXPECT_EQ(GrantOf("\xef\xbb\xbf{\"access_token\":\"A\",\"x\":" + x + "}").access_token, "A") << x.substr(0, 20);
  }
  EXPECT_EQ(GrantOf(R"({"access_token":"A","expires_in":1e999})").expires_in, absl::Hours(10 * 365 * 24));
}

TEST(ReadRefreshAnswer, FindsNoTokenInASuccessThatHoldsNoneFitForAHeader) {
  for (const std::string& body :
       {std::string(), std::string("{}"), std::string("<html>"), std::string("[]"), std::string("\"A\""),
        std::string(R"({"access_token":""})"), std::string(R"({"access_token":7})"),
        std::string(R"({"access_token":"s3cret\r\nX: y"})"),
        R"({"access_token":"A","x":")" + std::string(1 << 16, 'x') + "\"}"}) {
    const RefreshFailure failure = FailureOf(200, body);
    EXPECT_EQ(failure.what, "the answer of Webex's token endpoint contains no readable access token");
    EXPECT_FALSE(failure.refused);  // it may be better next time
  }
}

TEST(ReadRefreshAnswer, SaysThatAPersonMustActWhereTheRefreshTokenIsRefused) {
  const RefreshFailure failure =
      FailureOf(400, R"({"error":"invalid_grant","error_description":"x"})", {{"TrackingID", "T1"}});
  EXPECT_TRUE(failure.refused);
  EXPECT_EQ(failure.what,
            "Webex refuses the refresh token: a person must authorise the gateway again (HTTP status 400, "
            "invalid_grant, tracking id T1)");
  EXPECT_TRUE(FailureOf(401, "").refused);
}

TEST(ReadRefreshAnswer, DistinguishesAWrongClientFromAWrongRefreshToken) {
  for (const char* error : {"invalid_client", "unauthorized_client"}) {
    const RefreshFailure failure = FailureOf(401, absl::StrFormat(R"({"error":"%s"})", error));
    EXPECT_TRUE(failure.refused);
    EXPECT_THAT(failure.what,
                HasSubstr("refuses the OAuth client id or client secret: put the integration's own into their "
                          "files (HTTP status 401, "));
  }
}

TEST(ReadRefreshAnswer, RepeatsNothingOfWebexsWordsSinceTheyMayHoldASecret) {
  const std::string bodies[] = {
      R"({"error":"s3cret","error_description":"The refresh token s3cret is expired."})",
      R"({"message":"s3cret","errors":[{"description":"s3cret"}]})",
      R"({"error":{"message":"s3cret"}})",
      "s3cret",
  };
  for (const int status : {200, 302, 400, 401, 403, 500}) {
    for (const std::string& body : bodies) {
      EXPECT_THAT(FailureOf(status, body, {{"Location", "s3cret"}}).what, Not(HasSubstr("s3cret")));
    }
  }
}

TEST(ReadRefreshAnswer, TriesAgainAfterAnyOtherAnswer) {
  for (const int status : {302, 403, 404, 408, 429, 500, 502, 503, 504}) {
    const RefreshFailure failure = FailureOf(status, "<html>");
    EXPECT_FALSE(failure.refused) << status;
    EXPECT_EQ(failure.what, absl::StrFormat("Webex's token endpoint returns no token (HTTP status %d)", status));
    EXPECT_EQ(failure.retry_after, absl::ZeroDuration());
  }
}

TEST(ReadRefreshAnswer, PassesOnWhatWebexAsksToWait) {
  EXPECT_EQ(FailureOf(429, "", {{"Retry-After", "120"}}).retry_after, absl::Seconds(120));
  EXPECT_EQ(FailureOf(503, "", {{"retry-after", "rand(30),add(30)"}}).retry_after, absl::ZeroDuration());
}

TEST(ReadRefreshAnswer, TriesAgainWhereNoAnswerCame) {
  for (const SendFailure why : {SendFailure::kUnreachable, SendFailure::kAnswerLost, SendFailure::kDeadline}) {
    const auto read = ReadRefreshAnswer(SendError(why, "connection refused"), kRefreshedAt);
    const auto& failure = std::get<RefreshFailure>(read);
    EXPECT_FALSE(failure.refused);
    EXPECT_EQ(failure.what, "Webex's token endpoint does not answer: connection refused");
  }
}

}  // namespace
}  // namespace webex_gateway
