#include "server/webex/webex.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/message_differencer.h"
#include "tests/server/testing/details.h"
#include "tests/server/testing/fake_clock.h"
#include "tests/server/testing/fake_http.h"
#include "tests/server/testing/orders.h"

namespace webex_gateway {
namespace {

using google::protobuf::util::MessageDifferencer;
using webex::broadworks::v1::ProvisionWorkspaceRequest;
using webex::broadworks::v1::Workspace;

// The request of Webex's API reference, as the gateway writes it.
constexpr char kExampleBody[] =
    R"({"provisioningId":)"
    R"("ZjViMzYxODctYzhkZC00NzI3LThiMmYtZjljNDQ3ZjI5MDQ2OjQyODVmNTk0LTViNTEtNDdiZS05Mzk2LTZjMzZlMmFkODNhNQ",)"
    R"("userId":"95547321@sp.com","spEnterpriseId":"Reseller1+acme","displayName":"Conference Room",)"
    R"("primaryPhoneNumber":"+1-240-555-1212","extension":"51212"})";

class WebexTest : public testing::Test {
 protected:
  struct Provisioned {
    Workspace workspace;
    std::string tracking_id;
  };

  absl::StatusOr<Provisioned> Provision(const ProvisionWorkspaceRequest& order) {
    const absl::StatusOr<WebexResult> result = Send(order);
    if (!result.ok()) return result.status();
    EXPECT_EQ(result->workspace_id, WorkspaceIn(result->answer).id());
    return Provisioned{WorkspaceIn(result->answer), result->tracking_id};
  }

  template <typename Request>
  absl::StatusOr<WebexResult> Send(const Request& request) {
    Started<absl::StatusOr<WebexResult>> started{loop_, webex_->Send(MethodOf(request), request, call_)};
    clock_.RunLoop();
    EXPECT_TRUE(started.done());
    return *started;
  }

  std::string BodyOf(const ProvisionWorkspaceRequest& order) {
    http_.AnswerWith(204);
    EXPECT_TRUE(Provision(order).ok());
    return http_.sent.back().body;
  }

  Loop loop_;
  FakeClock clock_{loop_};
  FakeHttp http_;
  const std::unique_ptr<Webex> webex_ = *CreateWebex(http_, clock_);
  Call call_{.request_id = "r", .deadline = Later(clock_.Now(), absl::Seconds(60)), .attempts = 1};
};

TEST_F(WebexTest, SendsTheExampleOfTheReference) {
  http_.AnswerWith(200, {}, kExampleAnswer);
  EXPECT_TRUE(Provision(ExampleOrder()).ok());
  ASSERT_EQ(http_.sent.size(), 1u);
  const HttpRequest& sent = http_.sent.front();
  EXPECT_EQ(sent.method, "POST");
  EXPECT_EQ(sent.target, "/broadworks/workspaces");
  EXPECT_EQ(sent.body, kExampleBody);
  EXPECT_FALSE(sent.repeatable);
  ASSERT_EQ(sent.headers.size(), 2u);
  EXPECT_EQ(FindHeader(sent.headers, "Accept"), "application/json");
  EXPECT_EQ(FindHeader(sent.headers, "Content-Type"), "application/json");
}

TEST_F(WebexTest, ReadsTheExampleOfTheReference) {
  for (const int status : {200, 201}) {
    http_.AnswerWith(status, {{"trackingid", "ROUTER_1"}}, kExampleAnswer);
    const auto provisioned = Provision(ExampleOrder());
    ASSERT_TRUE(provisioned.ok()) << provisioned.status();
    Workspace expected = AsOrdered(ExampleOrder());
    expected.set_id("Y2lzY29zcGFyazovL3VzL1BMQUNFL2RkMjJlZGZlLTlmZWYtNDdmOS05ODFkLWYxYjA3MWFmMDcwYw");
    expected.mutable_create_time()->set_seconds(1571408776);
    expected.set_state(Workspace::PROVISIONED);
    EXPECT_TRUE(MessageDifferencer::Equals(provisioned->workspace, expected));
    EXPECT_EQ(provisioned->tracking_id, "ROUTER_1");
  }
}

TEST_F(WebexTest, LeavesOptionalFieldsOutWhereTheyAreAbsentAndKeepsThemWhereTheyAreEmpty) {
  ProvisionWorkspaceRequest order;
  order.set_provisioning_id("p");
  order.set_user_id("u");
  order.set_sp_enterprise_id("e");
  order.set_display_name("d");
  const std::string required = R"({"provisioningId":"p","userId":"u","spEnterpriseId":"e","displayName":"d")";
  EXPECT_EQ(BodyOf(order), required + "}");
  order.set_primary_phone_number("");
  order.set_extension("");
  EXPECT_EQ(BodyOf(order), required + R"(,"primaryPhoneNumber":"","extension":""})");
}

TEST_F(WebexTest, NeverSendsTheGatewaysOwnFields) {
  ProvisionWorkspaceRequest order = ExampleOrder();
  order.set_request_id("11111111-2222-4333-8444-555555555555");
  order.set_validate_only(true);
  EXPECT_EQ(BodyOf(order), kExampleBody);
}

TEST_F(WebexTest, EscapesTextSoThatWebexReadsTheSame) {
  ProvisionWorkspaceRequest order;
  order.set_display_name("\"B\xc3\xbcro\" \\ <1> \xf0\x9f\x93\x9e");
  EXPECT_EQ(BodyOf(order), "{\"displayName\":\"\\\"B\xc3\xbcro\\\" \\\\ <1> \xf0\x9f\x93\x9e\"}");
}

TEST_F(WebexTest, EchoesTheOrderWhereWebexTookItWithoutAnAnswer) {
  for (const int status : {202, 204}) {
    for (const char* body : {"", "{}", "<html>", kExampleAnswer}) {
      http_.AnswerWith(status, {{"TrackingID", "t"}}, body);
      const auto provisioned = Provision(ExampleOrder());
      ASSERT_TRUE(provisioned.ok()) << status;
      Workspace expected = AsOrdered(ExampleOrder());
      expected.set_state(Workspace::ACCEPTED);
      EXPECT_TRUE(MessageDifferencer::Equals(provisioned->workspace, expected)) << status << body;
      EXPECT_EQ(provisioned->tracking_id, "t");
    }
  }
}

// An answer that says "done" and does not say what, or not so that it can be read: the workspace may exist.
TEST_F(WebexTest, SaysThatAnAnswerWithoutAReadableWorkspaceLeavesTheOrderUnknown) {
  const std::string gzipped("\x1f\x8b\x08\0\0\0\0\0\0\x03\xab\xae\x05\0", 14);
  for (const std::string& body : {
           std::string(),
           gzipped,
           std::string("<html>{\"id\":\"i\"}</html>"),
           std::string("\xef\xbb\xbf"),
           std::string("{\"id\":\"\xc3\x28\"}"),
           std::string(R"({"id":"\ud800"})"),
           std::string(R"({"id":"i","extension":"5)"),
           std::string(100'000, '['),
           absl::StrCat(R"({"id":"i","x":)", std::string(50'000, '['), std::string(50'000, ']'), "}"),
           absl::StrCat(R"({"id":"i","x":")", std::string(64 << 10, 'x'), R"("})"),
       }) {
    for (const int status : {200, 201, 203, 206, 299}) {
      http_.AnswerWith(status, {{"Content-Type", "application/json"}, {"Content-Encoding", "gzip"}}, body);
      const auto provisioned = Provision(ExampleOrder());
      EXPECT_EQ(ReasonOf(provisioned.status()), "WEBEX_ANSWER_UNREADABLE") << status << body.substr(0, 60);
      EXPECT_EQ(OutcomeOf(provisioned.status()), "unknown") << status << body.substr(0, 60);
    }
  }
}

TEST_F(WebexTest, TakesNoAnswerAboutAnotherUserForItsOwn) {
  http_.AnswerWith(200, {}, R"({"id":"i","userId":"someone.else@sp.com"})");
  const auto provisioned = Provision(ExampleOrder());
  EXPECT_EQ(ReasonOf(provisioned.status()), "WEBEX_ANSWER_UNREADABLE");
  EXPECT_EQ(OutcomeOf(provisioned.status()), "unknown");
  EXPECT_EQ(provisioned.status().message(), "Webex accepted the order, but its answer is about another user");
}

// Most likely it is what was ordered, so it is kept for whoever looks.
TEST_F(WebexTest, KeepsTheWorkspaceIdOfAnAnswerAboutAnotherUser) {
  http_.AnswerWith(200, {{"TrackingID", "t"}}, R"({"id":"i","userId":"someone.else@sp.com"})");
  const absl::Status status = Provision(ExampleOrder()).status();
  EXPECT_EQ(MetadataOf(status, "webex_workspace_id"), "i");
  EXPECT_EQ(MetadataOf(status, "webex_tracking_id"), "t");
  const std::string longest(256, 'i');
  http_.AnswerWith(200, {}, absl::StrCat(R"({"userId":"x","id":")", longest, "\"}"));
  EXPECT_EQ(MetadataOf(Provision(ExampleOrder()).status(), "webex_workspace_id"), longest) << "whole";
  http_.AnswerWith(200, {}, absl::StrCat(R"({"userId":"x","id":")", longest, "i\"}"));
  const absl::Status unreadable = Provision(ExampleOrder()).status();
  EXPECT_EQ(MetadataOf(unreadable, "webex_workspace_id"), "(absent)") << "an id that is cut is none";
  EXPECT_EQ(OutcomeOf(unreadable), "unknown");
}

TEST_F(WebexTest, TakesAnAnswerThatNamesItsUserInAnotherFormForItsOwn) {
  const std::pair<const char*, const char*> names[] = {
      {"95547321@sp.com", "95547321@SP.com"},
      {" a@sp.com ", "a@sp.com"},
      {"a@sp.com", "\ta@sp.com\n"},
      {"J\xc3\x9cRGEN@sp.com", "j\xc3\xbcrgen@sp.com"},                          // upper and lower case
      {"j\xc3\xbcrgen@sp.com", "ju\xcc\x88rgen@sp.com"},                         // NFC and NFD
      {"JU\xcc\x88RGEN@sp.com", "j\xc3\xbcrgen@sp.com"},                         // both
      {"\xd0\x98\xd0\xb2\xd0\xb0\xd0\xbd", "\xd0\xb8\xd0\xb2\xd0\xb0\xd0\xbd"},  // Cyrillic
      {"stra\xc3\x9f"
       "e",
       "STRASSE"},
      {"\xce\xbf\xce\xb4\xcf\x8c\xcf\x82", "\xce\x9f\xce\x94\xce\x8c\xce\xa3"},  // a final sigma
  };
  for (const auto& [ordered, answered] : names) {
    ProvisionWorkspaceRequest order = ExampleOrder();
    order.set_user_id(ordered);
    Workspace workspace;
    workspace.set_id("i");
    workspace.set_user_id(answered);
    std::string json;
    ASSERT_TRUE(google::protobuf::util::MessageToJsonString(workspace, &json).ok());
    http_.AnswerWith(200, {}, json);
    EXPECT_TRUE(Provision(order).ok()) << ordered << " " << answered;
  }
  for (const char* other : {"jurgen@sp.com", "j\xc3\xbcrgen@sp.org", "j\xc3\xbcrgen @sp.com"}) {
    ProvisionWorkspaceRequest order = ExampleOrder();
    order.set_user_id("j\xc3\xbcrgen@sp.com");
    http_.AnswerWith(200, {}, absl::StrCat(R"({"id":"i","userId":")", other, "\"}"));
    EXPECT_EQ(OutcomeOf(Provision(order).status()), "unknown") << other;
  }
}

TEST_F(WebexTest, ReadsTheWorkspaceWhateverItsContentTypeAndDropsOddMembers) {
  for (const char* type : {"", "text/html", "application/json; charset=utf-7", "application/vnd.x+json", "\xff"}) {
    for (const char* odd : {R"("extension":51212)", R"("created":"yesterday")", R"("x":[[[[{}]]]])", R"("id":"i")"}) {
      http_.AnswerWith(200, {{"Content-Type", type}}, absl::StrCat(R"({"id":"i",)", odd, "}"));
      const auto provisioned = Provision(ExampleOrder());
      ASSERT_TRUE(provisioned.ok()) << type << odd << provisioned.status();
      EXPECT_EQ(provisioned->workspace.id(), "i") << type << odd;
    }
  }
}

// Statuses that HTTP does not know, and interim ones that the wire let through, promise nothing.
TEST_F(WebexTest, SaysThatAStatusOfNoMeaningLeavesTheOrderUnknown) {
  for (const int status : {0, 99, 100, 101, 103, 199, 520, 599, 600, 999, 65535}) {
    http_.AnswerWith(status, {}, kExampleAnswer);
    EXPECT_EQ(OutcomeOf(Provision(ExampleOrder()).status()), "unknown") << status;
  }
}

TEST(AsOrdered, KeepsTheOrdersSixFieldsAndWhichOfThemAreThere) {
  const Workspace whole = AsOrdered(ExampleOrder());
  EXPECT_EQ(whole.user_id(), "95547321@sp.com");
  EXPECT_EQ(whole.extension(), "51212");
  EXPECT_EQ(whole.id(), "");
  EXPECT_EQ(whole.state(), Workspace::STATE_UNSPECIFIED);
  EXPECT_FALSE(whole.has_create_time());
  EXPECT_FALSE(AsOrdered(ProvisionWorkspaceRequest()).has_extension());
  EXPECT_FALSE(AsOrdered(ProvisionWorkspaceRequest()).has_primary_phone_number());
}

// Update and Remove

TEST_F(WebexTest, SendsOnlyWhatAnUpdateSets) {
  webex::broadworks::v1::UpdateWorkspaceRequest update;
  update.set_workspace_id("Y2lz/Y29z+zcG %\xc3\xbc");
  update.set_extension("");
  update.set_request_id("11111111-2222-4333-8444-555555555555");
  http_.AnswerWith(204);
  const auto result = Send(update);
  ASSERT_TRUE(result.ok()) << result.status();
  const HttpRequest& sent = http_.sent.front();
  EXPECT_EQ(sent.method, "PUT");
  EXPECT_EQ(sent.target, "/broadworks/workspaces/Y2lz%2FY29z%2BzcG%20%25%C3%BC");
  EXPECT_EQ(sent.body, R"({"extension":""})");
  EXPECT_TRUE(sent.repeatable);
  EXPECT_EQ(WorkspaceIn(result->answer).state(), Workspace::ACCEPTED);
  EXPECT_EQ(WorkspaceIn(result->answer).id(), update.workspace_id());
}

TEST_F(WebexTest, AnswersAnUpdateWithTheWorkspaceAsItIs) {
  webex::broadworks::v1::UpdateWorkspaceRequest update;
  update.set_workspace_id("w");
  update.set_extension("7");
  http_.AnswerWith(200, {}, R"({"id":"w","extension":"7","displayName":"d"})");
  const auto result = Send(update);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(WorkspaceIn(result->answer).display_name(), "d");
  EXPECT_EQ(result->workspace_id, "w");
  for (const char* body : {R"({"id":"another"})", "{}", "no JSON"}) {
    http_.AnswerWith(200, {}, body);
    const auto unreadable = Send(update);
    EXPECT_EQ(ReasonOf(unreadable.status()), "WEBEX_ANSWER_UNREADABLE") << body;
    EXPECT_EQ(OutcomeOf(unreadable.status()), "unknown") << body;
  }
}

TEST_F(WebexTest, SendsARemovalWithoutABody) {
  webex::broadworks::v1::RemoveWorkspaceRequest remove;
  remove.set_workspace_id("w");
  for (const int status : {200, 202, 204}) {
    http_.AnswerWith(status, {}, status == 204 ? "" : "{}");
    const auto result = Send(remove);
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_EQ(result->answer, "");
    EXPECT_EQ(result->workspace_id, "w");
    const HttpRequest& sent = http_.sent.back();
    EXPECT_EQ(sent.method, "DELETE");
    EXPECT_EQ(sent.target, "/broadworks/workspaces/w");
    EXPECT_EQ(sent.body, "");
    EXPECT_TRUE(sent.repeatable);
  }
}

TEST_F(WebexTest, CountsAWorkspaceThatIsGoneAsRemovedWhereAnAttemptMayHaveRemovedIt) {
  webex::broadworks::v1::RemoveWorkspaceRequest remove;
  remove.set_workspace_id("w");
  webex::broadworks::v1::UpdateWorkspaceRequest update;
  update.set_workspace_id("w");
  for (const int status : {404, 410}) {
    for (const bool maybe_acted : {false, true}) {
      call_.maybe_acted = maybe_acted;
      http_.AnswerWith(status);
      const absl::Status removed = Send(remove).status();
      EXPECT_EQ(removed.code(), maybe_acted ? absl::StatusCode::kOk : absl::StatusCode::kNotFound) << status;
      EXPECT_EQ(removed.ok() ? "done" : OutcomeOf(removed), maybe_acted ? "done" : "not_applied") << status;
      http_.AnswerWith(status);
      const absl::Status updated = Send(update).status();
      EXPECT_EQ(updated.code(), absl::StatusCode::kNotFound) << status;
      EXPECT_EQ(OutcomeOf(updated), maybe_acted ? "unknown" : "not_applied") << status;
    }
  }
}

// Of an order that Webex may have had before.
TEST_F(WebexTest, TakesAnOrderForDoneWhereWebexSaysThatTheUserHasAWorkspace) {
  const auto order = ExampleOrder();
  const auto shown = [&](int status, const std::string& body) {
    http_.AnswerWith(status, {{"TrackingID", "T1"}}, body);
    return MethodOf(order).shown_by(order, Send(order).status());
  };
  constexpr char kAssociated[] = R"({"errors":[{"description":"d","errorCode":10022}]})";
  for (const int status : {400, 409}) {
    const std::optional<WebexResult> result = shown(status, kAssociated);
    ASSERT_TRUE(result) << status;
    webex::broadworks::v1::Workspace expected = AsOrdered(order);
    expected.set_state(webex::broadworks::v1::Workspace::ACCEPTED);
    EXPECT_EQ(result->answer, expected.SerializeAsString());
    EXPECT_EQ(result->workspace_id, "");
    EXPECT_EQ(result->tracking_id, "T1");
    EXPECT_EQ(ReasonOf(result->refusal), "WEBEX_ALREADY_EXISTS");
  }
  EXPECT_FALSE(shown(409, R"({"message": "the number is in use"})")) << "a conflict may be another";
  EXPECT_FALSE(shown(403, kAssociated));
  EXPECT_FALSE(shown(500, kAssociated));
  webex::broadworks::v1::UpdateWorkspaceRequest update;
  update.set_workspace_id("w");
  http_.AnswerWith(409, {}, kAssociated);
  EXPECT_FALSE(MethodOf(update).shown_by(update, Send(update).status()));
}

// What the last attempt met says nothing of those before.
TEST_F(WebexTest, NeverSaysNotAppliedAfterAnAttemptThatMayHaveActed) {
  webex::broadworks::v1::UpdateWorkspaceRequest update;
  update.set_workspace_id("w");
  call_.maybe_acted = true;
  for (const int status : {400, 401, 403, 409, 423, 429, 501, 503}) {
    http_.AnswerWith(status, {{"Retry-After", "1"}});
    const absl::Status failed = Send(update).status();
    EXPECT_EQ(OutcomeOf(failed), "unknown") << status;
    EXPECT_EQ(RetryDelayOf(failed), std::nullopt) << status;
  }
  const auto reason_of = [&](SendFailure failure) {
    http_.FailWith(failure);
    const absl::Status failed = Send(update).status();
    EXPECT_EQ(OutcomeOf(failed), "unknown");
    return ReasonOf(failed);
  };
  EXPECT_EQ(reason_of(SendFailure::kDeadline), "DEADLINE_AFTER_SENT");
  EXPECT_EQ(reason_of(SendFailure::kCancelled), "CANCELLED_AFTER_SENT");
  EXPECT_EQ(reason_of(SendFailure::kUnreachable), "WEBEX_UNREACHABLE");
  EXPECT_EQ(reason_of(SendFailure::kCircuitOpen), "WEBEX_CIRCUIT_OPEN");
}

TEST_F(WebexTest, DistinguishesAConflictOfAnUpdateFromOneOfAnOrder) {
  webex::broadworks::v1::UpdateWorkspaceRequest update;
  update.set_workspace_id("w");
  http_.AnswerWith(409);
  EXPECT_EQ(Send(update).status().code(), absl::StatusCode::kAborted);
  http_.AnswerWith(409);
  EXPECT_EQ(Provision(ExampleOrder()).status().code(), absl::StatusCode::kAlreadyExists);
}

TEST(MethodsTest, HoldsAUserBackWhateverItsLetterCase) {
  const auto subject_of = [](const char* enterprise, const char* user) {
    ProvisionWorkspaceRequest order;
    order.set_sp_enterprise_id(enterprise);
    order.set_user_id(user);
    return MethodOf(order).subject_of(order).key;
  };
  EXPECT_EQ(subject_of("Reseller1+acme", "Room9@sp.com"), subject_of("reseller1+ACME ", " room9@SP.com"));
  EXPECT_EQ(subject_of("e", "M\xc3\x9cLLER"), subject_of("e", "m\xc3\xbcller"));
  EXPECT_NE(subject_of("e", "user"), subject_of("eu", "ser"));
  EXPECT_NE(subject_of("e", "a"), subject_of("e", "b"));
  // In a row of PostgreSQL's index, whatever folding makes of it.
  std::string longest;
  for (int i = 0; i < 341; ++i) longest += "\xe1\xbe\x80";
  EXPECT_LE(subject_of(longest.c_str(), longest.c_str()).size(), 512u);
  EXPECT_NE(subject_of(longest.c_str(), longest.c_str()), subject_of(longest.c_str(), (longest + "a").c_str()));
}

TEST(MethodsTest, AreThoseOfTheContract) {
  const auto& service = *ProvisionWorkspaceRequest::descriptor()->file()->FindServiceByName("WorkspaceService");
  ASSERT_EQ(Methods().size(), static_cast<size_t>(service.method_count()));
  for (int i = 0; i < service.method_count(); ++i) {
    EXPECT_EQ(Methods()[i].rpc, service.method(i));
    EXPECT_EQ(MethodNamed(service.method(i)->name()), &Methods()[i]);
    EXPECT_EQ(Methods()[i].request->GetDescriptor(), service.method(i)->input_type());
  }
  EXPECT_EQ(MethodNamed("GetWorkspace"), nullptr);
}

}  // namespace
}  // namespace webex_gateway
