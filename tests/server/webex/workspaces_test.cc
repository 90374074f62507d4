#include "server/webex/workspaces.h"

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

// The answer of Webex's API reference.
constexpr char kExampleAnswer[] = R"({
  "id": "Y2lzY29zcGFyazovL3VzL1BMQUNFL2RkMjJlZGZlLTlmZWYtNDdmOS05ODFkLWYxYjA3MWFmMDcwYw",
  "provisioningId": "ZjViMzYxODctYzhkZC00NzI3LThiMmYtZjljNDQ3ZjI5MDQ2OjQyODVmNTk0LTViNTEtNDdiZS05Mzk2LTZjMzZlMmFkODNhNQ",
  "userId": "95547321@sp.com",
  "spEnterpriseId": "Reseller1+acme",
  "displayName": "Conference Room",
  "primaryPhoneNumber": "+1-240-555-1212",
  "extension": "51212",
  "created": "2019-10-18T14:26:16.000Z"
})";

class WorkspacesTest : public testing::Test {
 protected:
  absl::StatusOr<ProvisionedWorkspace> Provision(const ProvisionWorkspaceRequest& order) {
    Started<absl::StatusOr<ProvisionedWorkspace>> started{loop_, workspaces_->Provision(order, call_)};
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
  const std::unique_ptr<Workspaces> workspaces_ = *RestWorkspaces(http_, clock_);
  Call call_{.request_id = "r", .deadline = Later(clock_.Now(), absl::Seconds(60)), .attempts = 1};
};

TEST_F(WorkspacesTest, SendsTheExampleOfTheReference) {
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

TEST_F(WorkspacesTest, ReadsTheExampleOfTheReference) {
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

TEST_F(WorkspacesTest, LeavesOptionalFieldsOutWhereTheyAreAbsentAndKeepsThemWhereTheyAreEmpty) {
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

TEST_F(WorkspacesTest, NeverSendsTheGatewaysOwnFields) {
  ProvisionWorkspaceRequest order = ExampleOrder();
  order.set_request_id("11111111-2222-4333-8444-555555555555");
  order.set_validate_only(true);
  EXPECT_EQ(BodyOf(order), kExampleBody);
}

TEST_F(WorkspacesTest, EscapesTextSoThatWebexReadsTheSame) {
  ProvisionWorkspaceRequest order;
  order.set_display_name("\"B\xc3\xbcro\" \\ <1> \xf0\x9f\x93\x9e");
  EXPECT_EQ(BodyOf(order), "{\"displayName\":\"\\\"B\xc3\xbcro\\\" \\\\ \\u003c1\\u003e \xf0\x9f\x93\x9e\"}");
}

TEST_F(WorkspacesTest, EchoesTheOrderWhereWebexTookItWithoutAnAnswer) {
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
TEST_F(WorkspacesTest, SaysThatAnAnswerWithoutAReadableWorkspaceLeavesTheOrderUnknown) {
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

TEST_F(WorkspacesTest, TakesNoAnswerAboutAnotherUserForItsOwn) {
  http_.AnswerWith(200, {}, R"({"id":"i","userId":"someone.else@sp.com"})");
  const auto provisioned = Provision(ExampleOrder());
  EXPECT_EQ(ReasonOf(provisioned.status()), "WEBEX_ANSWER_UNREADABLE");
  EXPECT_EQ(OutcomeOf(provisioned.status()), "unknown");
  EXPECT_EQ(provisioned.status().message(), "Webex accepted the order, but its answer is about another user");
}

// Most likely it is what was ordered, so it is kept for whoever looks.
TEST_F(WorkspacesTest, KeepsTheWorkspaceIdOfAnAnswerAboutAnotherUser) {
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

TEST_F(WorkspacesTest, TakesAnAnswerThatNamesItsUserInAnotherFormForItsOwn) {
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

TEST_F(WorkspacesTest, ReadsTheWorkspaceWhateverItsContentTypeAndDropsOddMembers) {
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
TEST_F(WorkspacesTest, SaysThatAStatusOfNoMeaningLeavesTheOrderUnknown) {
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

}  // namespace
}  // namespace webex_gateway
