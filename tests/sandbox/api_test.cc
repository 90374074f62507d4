// Webex's answers, without a socket.
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/sandbox/json.h"
#include "tests/sandbox/webex_api.h"

namespace webex_gateway::sandbox {
namespace {

using testing::HasSubstr;
using testing::Not;

class ApiTest : public testing::Test {
 protected:
  Answer Call(const std::string& method, const std::string& target, const std::string& body) {
    Request request;
    request.method = method;
    request.target = target;
    request.authorization = authorization_;
    request.content_type = content_type_;
    request.body = body;
    return AnswerApi(world_, request, "TRACK_1", now_);
  }

  Answer Provision(const std::string& user_id) {
    return Call("POST", "/v1/broadworks/workspaces",
                absl::StrCat(R"({"provisioningId":"p","userId":")", user_id,
                             R"(","spEnterpriseId":"Reseller1+acme","displayName":"Room"})"));
  }

  static std::string Member(const Answer& answer, const std::string& name) {
    const auto value = ParseJson(answer.body);
    return value.ok() ? value->struct_value().fields().at(name).string_value() : answer.body;
  }

  std::string PathOfNew(const std::string& user_id) {
    return absl::StrCat("/v1/broadworks/workspaces/", Member(Provision(user_id), "id"));
  }

  static std::string Header(const Answer& answer, const std::string& name) {
    for (const auto& [key, value] : answer.headers) {
      if (key == name) return value;
    }
    return "(none)";
  }

  void Change(void (*change)(Settings&)) {
    Settings settings = *world_.settings.Get();
    change(settings);
    world_.settings.Set(settings);
  }

  std::string authorization_ = "Bearer sandbox-token";
  std::string content_type_ = "application/json; charset=utf-8";
  absl::Time now_ = absl::FromUnixMillis(1571408776007);
  World world_{Settings(), 1};
};

TEST_F(ApiTest, ProvisionAnswersTheWorkspaceWithIdAndCreated) {
  const Answer answer =
      Call("POST", "/v1/broadworks/workspaces?orgId=1",
           R"({"provisioningId":"p","userId":"95547321@sp.com","spEnterpriseId":"Reseller1+acme",)"
           R"("displayName":"Caf\u00e9 \ud83d\ude00","primaryPhoneNumber":"+1-240-555-1212","extension":null})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr("\"displayName\":\"Caf\u00e9 \U0001f600\",\"primaryPhoneNumber\""));
  EXPECT_THAT(answer.body, HasSubstr(R"("created":"2019-10-18T14:26:16.007Z"})"));
  EXPECT_THAT(answer.body, Not(HasSubstr("extension")));
  EXPECT_TRUE(ParseWorkspaceId(Member(answer, "id")));
  EXPECT_EQ(Header(answer, "TrackingID"), "TRACK_1");
  EXPECT_EQ(world_.stats.provisioned, 1u);
}

TEST_F(ApiTest, IdIsTheDocumentedFormOfAUuid) {
  const std::string id = "Y2lzY29zcGFyazovL3VzL1BMQUNFL2RkMjJlZGZlLTlmZWYtNDdmOS05ODFkLWYxYjA3MWFmMDcwYw";
  const std::optional<Uuid> uuid = ParseWorkspaceId(id);
  ASSERT_TRUE(uuid);
  EXPECT_EQ(UuidText(*uuid), "dd22edfe-9fef-47f9-981d-f1b071af070c");
  EXPECT_EQ(WorkspaceId(*uuid), id);
}

TEST_F(ApiTest, SecondWorkspaceOfAUserIsAConflict) {
  EXPECT_EQ(Provision("u").status, 200);
  const Answer answer = Provision("u");
  EXPECT_EQ(answer.status, 409);
  EXPECT_THAT(answer.body, HasSubstr("\"errorCode\":10022"));
  EXPECT_EQ(world_.workspaces.List().size(), 1u);
}

TEST_F(ApiTest, EachMissingFieldIsNamed) {
  const Answer answer = Call("POST", "/v1/broadworks/workspaces", R"({"userId":"u","displayName":"","extension":"1"})");
  EXPECT_EQ(answer.status, 400);
  for (const std::string name : {"provisioningId", "spEnterpriseId", "displayName"}) {
    EXPECT_THAT(answer.body,
                HasSubstr(absl::StrCat("The mandatory parameter ", name, " is missing.\",\"errorCode\":1001")));
  }
  EXPECT_EQ(Member(answer, "trackingId"), "TRACK_1");
}

TEST_F(ApiTest, RefusesAnythingButAFlatObjectOfStrings) {
  for (const std::string body : {"", "[]", "{", R"({"userId":1})", R"({"userId":{"a":"b"}})", R"({"a":"b"}x)",
                                 R"({"a":"b","a":"c"})", R"({"a":"\ud800"})", R"({"a":"\x"})", "{\"a\":\"\n\"}",
                                 R"({"a":"b",})", R"({"a" "b"})", R"({a:"b"})", R"({"a":"b)", R"({"a":"\u12)"}) {
    EXPECT_EQ(Call("POST", "/v1/broadworks/workspaces", body).status, 400) << body;
  }
}

TEST_F(ApiTest, BearerIsChecked) {
  for (const std::string wrong : {"", "Bearer", "Bearer other", "Basic sandbox-token"}) {
    authorization_ = wrong;
    const Answer answer = Provision("u");
    EXPECT_EQ(answer.status, 401) << wrong;
    EXPECT_EQ(Member(answer, "message"),
              "The request requires a valid access token set in the Authorization request header.");
  }
  Change([](Settings& settings) { settings.token.clear(); });
  EXPECT_EQ(Provision("u").status, 200);
}

TEST_F(ApiTest, PathMethodAndMediaTypeAreChecked) {
  EXPECT_EQ(Call("POST", "/v1/broadworks/subscribers", "{}").status, 404);
  EXPECT_EQ(Call("POST", "/v1/broadworks/workspacesx", "{}").status, 404);
  EXPECT_EQ(Call("PUT", "/v1/broadworks/workspaces/a/b", "{}").status, 404);
  EXPECT_EQ(Header(Call("GET", "/v1/broadworks/workspaces", ""), "Allow"), "POST");
  EXPECT_EQ(Call("POST", "/v1/broadworks/workspaces/x", "{}").status, 405);
  content_type_ = "text/plain";
  EXPECT_EQ(Provision("u").status, 415);
}

TEST_F(ApiTest, UpdateChangesWhatIsGiven) {
  const std::string path = PathOfNew("u");
  const Answer answer = Call("PUT", path, R"({"userId":"v","extension":"7"})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(Member(answer, "userId"), "v");
  EXPECT_EQ(Member(answer, "extension"), "7");
  EXPECT_EQ(Member(answer, "displayName"), "Room");
  EXPECT_EQ(Provision("u").status, 200);
  EXPECT_EQ(Call("PUT", path, R"({"userId":"u"})").status, 409);
}

TEST_F(ApiTest, RemovedWorkspaceIsGoneAndItsUserFree) {
  const std::string path = PathOfNew("u");
  content_type_.clear();
  const Answer answer = Call("DELETE", path, "");
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.body, "");
  EXPECT_EQ(Call("DELETE", path, "").status, 404);
  EXPECT_EQ(Call("DELETE", "/v1/broadworks/workspaces/nonsense", "").status, 404);
  content_type_ = "application/json";
  EXPECT_EQ(Provision("u").status, 200);
}

TEST_F(ApiTest, OrderBeyondTheRateGetsRetryAfterUnchanged) {
  Change([](Settings& settings) {
    settings.limit.per_second = 2;
    settings.retry_after = "rand(30),add(30)";
  });
  EXPECT_EQ(Provision("a").status, 200);
  EXPECT_EQ(Provision("b").status, 200);
  const Answer answer = Provision("c");
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(Header(answer, "Retry-After"), "rand(30),add(30)");
  now_ += absl::Milliseconds(500);
  EXPECT_EQ(Provision("c").status, 200);
  EXPECT_EQ(Provision("d").status, 429);
}

TEST_F(ApiTest, RetryAfterIsLeftOutOrTrueOnDemand) {
  Change([](Settings& settings) {
    settings.limit = {.per_second = 0.2, .burst = 1};
    settings.retry_after = "none";
  });
  EXPECT_EQ(Provision("a").status, 200);
  EXPECT_EQ(Header(Provision("b"), "Retry-After"), "(none)");
  Change([](Settings& settings) { settings.retry_after = "rest"; });
  EXPECT_EQ(Header(Provision("b"), "Retry-After"), "5");
  now_ += absl::Seconds(2);
  EXPECT_EQ(Header(Provision("b"), "Retry-After"), "3");
  now_ += absl::Seconds(3);
  EXPECT_EQ(Provision("b").status, 200);
}

class TokenTest : public ApiTest {
 protected:
  Answer Refresh(const std::string& refresh_token, const std::string& secret = "sandbox-client-secret") {
    content_type_ = "application/x-www-form-urlencoded";
    const Answer answer =
        Call("POST", "/v1/access_token",
             absl::StrCat("grant_type=refresh_token&client_id=sandbox%2Dclient%2Did&client_secret=", secret,
                          "&refresh_token=", refresh_token));
    content_type_ = "application/json";
    return answer;
  }
};

TEST_F(TokenTest, RefreshedTokenIsAcceptedUntilItExpires) {
  Change([](Settings& settings) { settings.token_lifetime = absl::Minutes(1); });
  const Answer answer = Refresh("sandbox-refresh-token");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr("\"expires_in\":60,\"refresh_token\":\"sandbox-refresh-token\""));
  authorization_ = absl::StrCat("Bearer ", Member(answer, "access_token"));
  now_ += absl::Seconds(59);
  EXPECT_EQ(Provision("u").status, 200);
  now_ += absl::Seconds(1);
  EXPECT_EQ(Provision("v").status, 401);
}

TEST_F(TokenTest, RotationEndsTheRefreshTokenBefore) {
  Change([](Settings& settings) { settings.rotate_refresh_token = true; });
  const std::string next = Member(Refresh("sandbox-refresh-token"), "refresh_token");
  const Answer answer = Refresh("sandbox-refresh-token");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(Member(answer, "error"), "invalid_grant");
  EXPECT_EQ(Refresh(next).status, 200);
}

TEST_F(TokenTest, WrongClientIsRefused) { EXPECT_EQ(Refresh("sandbox-refresh-token", "wrong").status, 401); }

}  // namespace
}  // namespace webex_gateway::sandbox
