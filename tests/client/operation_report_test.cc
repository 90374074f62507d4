#include "client/operation_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "server/base/unseen.h"

namespace webex_gateway::client {
namespace {

using webex::broadworks::v1::ListOperationsResponse;
using webex::broadworks::v1::Operation;

Operation Example() {
  Operation operation;
  operation.set_request_id("6f0bca6e-2e7a-4f8e-9a39-3b1f0b0f8d11");
  operation.set_state(Operation::UNKNOWN);
  operation.set_sp_enterprise_id("Reseller1+acme");
  operation.set_user_id("95547321@sp.com");
  operation.mutable_create_time()->set_seconds(1'700'000'000);
  operation.mutable_create_time()->set_nanos(999'999'999);
  operation.mutable_update_time()->set_seconds(1'700'000'031);
  operation.set_attempts(1);
  operation.mutable_error()->set_code(14);
  operation.mutable_error()->set_reason("WEBEX_ANSWER_LOST");
  return operation;
}

TEST(OperationTable, ShowsEachOperationOnOneLine) {
  ListOperationsResponse list;
  *list.add_operations() = Example();
  Operation& other = *list.add_operations();
  other = Example();
  other.set_state(Operation::SUCCEEDED);
  other.set_user_id("\xC3\x9C@sp.com");
  other.set_method("UpdateWorkspace");
  other.mutable_resolution()->set_resolver("anonymous");
  Operation& third = *list.add_operations();
  third.set_request_id("odd\nid");
  third.set_state(Operation::IN_FLIGHT);
  EXPECT_EQ(OperationTable(list, {}),
            "REQUEST ID                            STATE      USER             ERROR                        ORDERED    "
            "       "
            "    ORDER\n"
            "6f0bca6e-2e7a-4f8e-9a39-3b1f0b0f8d11  UNKNOWN    95547321@sp.com  WEBEX_ANSWER_LOST            "
            "2023-11-14T22:13:20Z  provision\n"
            "6f0bca6e-2e7a-4f8e-9a39-3b1f0b0f8d11  SUCCEEDED  \xC3\x9C@sp.com         WEBEX_ANSWER_LOST, resolved  "
            "2023-11-14T22:13:20Z  update\n"
            "odd id                                IN_FLIGHT  -                -                            "
            "1970-01-01T00:00:00Z  provision\n");
}

Operation ExampleOf(const std::string& method, const std::string& workspace_id) {
  Operation operation = Example();
  operation.set_method(method);
  operation.set_workspace_id(workspace_id);
  operation.clear_user_id();
  operation.clear_sp_enterprise_id();
  return operation;
}

// The cells of each line of a wide table, from the first one that a short table has not.
std::vector<std::vector<std::string>> WideCells(const ListOperationsResponse& list) {
  const std::string table = OperationTable(list, {.columns = 20, .wide = true});
  std::vector<std::vector<std::string>> cells;
  for (const absl::string_view line : absl::StrSplit(table, '\n', absl::SkipEmpty())) {
    std::vector<std::string> row;
    for (const absl::string_view cell : absl::StrSplit(line, absl::ByString("  "), absl::SkipEmpty())) {
      row.emplace_back(absl::StripAsciiWhitespace(cell));
    }
    cells.emplace_back(row.begin() + 6, row.end());
  }
  return cells;
}

TEST(OperationTable, ShowsAllThatIsKnownWhereItIsWide) {
  ListOperationsResponse list;
  for (const char* method : {"ProvisionWorkspace", "UpdateWorkspace", "RemoveWorkspace"}) {
    *list.add_operations() = ExampleOf(method, "w 1");
  }
  list.mutable_operations(0)->set_state(Operation::SUCCEEDED);
  list.mutable_operations(0)->set_sp_enterprise_id("Reseller1+acme");
  list.mutable_operations(1)->set_caller("spiffe://sp.com/billing");
  list.mutable_operations(1)->set_attempts(12);
  list.mutable_operations(1)->set_webex_tracking_id("ROUTER_5DC0A1B2-0001");
  list.mutable_operations(2)->mutable_sends_until()->set_seconds(1'700'000'060);
  list.mutable_operations(2)->set_gateway("pod-1/0d4ab2fe");
  *list.add_operations() = ExampleOf("ProvisionWorkspace", "w9");
  using Row = std::vector<std::string>;
  EXPECT_THAT(
      WideCells(list),
      testing::ElementsAre(Row{"ENTERPRISE", "WORKSPACE", "ORDERED BY", "ATTEMPTS", "TRACKING ID", "MAY BE SENT UNTIL"},
                           Row{"Reseller1+acme", "w 1", "-", "1", "-", "-"},
                           Row{"-", "w 1", "spiffe://sp.com/billing", "12", "ROUTER_5DC0A1B2-0001", "-"},
                           Row{"-", "w 1", "-", "1", "-", "2023-11-14T22:14:20Z by pod-1/0d4ab2fe"},
                           Row{"-", "perhaps w9", "-", "1", "-", "-"}));
}

TEST(OperationText, SaysOfAnUnknownUpdateToRepeatIt) {
  EXPECT_EQ(OperationText(ExampleOf("UpdateWorkspace", "w/1 's")), R"(Operation 6f0bca6e-2e7a-4f8e-9a39-3b1f0b0f8d11
  Method:         UpdateWorkspace
  State:          UNKNOWN
  Ordered:        2023-11-14T22:13:20Z
  Changed:        2023-11-14T22:13:51Z
  Attempts:       1
  Error:          UNAVAILABLE (WEBEX_ANSWER_LOST)
  Sent as:        WXGW_6f0bca6e-2e7a-4f8e-9a39-3b1f0b0f8d11_1
  Workspace:      w/1 's

The workspace may have been changed. This update blocks no other order and nobody needs to look.
Repeat it with the same fields and its request id, which is safe and settles it:
    webexctl update --workspace_id='w/1 '\''s' \
      --request_id=6f0bca6e-2e7a-4f8e-9a39-3b1f0b0f8d11 ...
)");
}

TEST(OperationText, SaysOfAnUnknownUpdateWhoseWorkspaceIsGoneThatNothingIsLeftToDo) {
  Operation operation = ExampleOf("UpdateWorkspace", "w1");
  operation.mutable_error()->set_reason("WEBEX_NOT_FOUND");
  EXPECT_THAT(OperationText(operation),
              testing::EndsWith(
                  "\n\nThe workspace may have been changed, but Webex no longer knows it: nothing is left to do.\n"));
}

TEST(OperationText, SaysOfAnUnknownRemovalToRepeatIt) {
  EXPECT_THAT(OperationText(ExampleOf("RemoveWorkspace", "w1")), testing::EndsWith(R"(
  Workspace:      w1

The workspace may have been removed. This removal blocks no other order and nobody needs to look.
Repeat it with its request id, which is safe and settles it:
    webexctl remove --workspace_id=w1 \
      --request_id=6f0bca6e-2e7a-4f8e-9a39-3b1f0b0f8d11
)"));
}

// Every text of it is meant to look like another.
Operation Spoofed() {
  constexpr char kSpoof[] = "ac\u202eme\u2066\u2069\u200e\u200f\u061c\u2028\u2029\ufeff\u009b\x7f";
  Operation operation = Example();
  for (std::string* text :
       {operation.mutable_request_id(), operation.mutable_sp_enterprise_id(), operation.mutable_user_id(),
        operation.mutable_method(), operation.mutable_workspace_id(), operation.mutable_caller(),
        operation.mutable_webex_tracking_id(), operation.mutable_gateway(), operation.mutable_error()->mutable_reason(),
        operation.mutable_workspace()->mutable_id(), operation.mutable_workspace()->mutable_display_name(),
        operation.mutable_resolution()->mutable_resolver(), operation.mutable_resolution()->mutable_note(),
        operation.add_other_workspace_ids()}) {
    *text = kSpoof;
  }
  operation.mutable_sends_until()->set_seconds(1'700'000'060);
  return operation;
}

TEST(OperationReports, ShowWhatNobodySeesAsEscapes) {
  constexpr char kShown[] = R"(ac\u202eme\u2066\u2069\u200e\u200f\u061c\u2028\u2029\ufeff\u009b\u007f)";
  ListOperationsResponse list;
  *list.add_operations() = Spoofed();
  for (const std::string& report : {OperationTable(list, {.wide = true}), OperationText(Spoofed()),
                                    OperationsJson(list), OperationJson(Spoofed())}) {
    EXPECT_EQ(EscapeUnseen(report, "\n"), report);
    const std::vector<std::string> parts = absl::StrSplit(report, kShown);
    EXPECT_GE(parts.size(), 8u) << report;
  }
}

TEST(OperationTable, FitsTheTerminal) {
  ListOperationsResponse list;
  *list.add_operations() = Example();
  EXPECT_EQ(OperationTable(list, {.columns = 80}),
            "REQUEST ID                            STATE    USER             ERROR\n"
            "6f0bca6e-2e7a-4f8e-9a39-3b1f0b0f8d11  UNKNOWN  95547321@sp.com  WEBEX_ANSWER_LO\xE2\x80\xA6\n");
}

TEST(OperationTable, IsEmptyWithoutOperations) { EXPECT_EQ(OperationTable({}, {}), ""); }

TEST(OperationText, DoesNotKnowTheAttemptsOfAnOrderWhoseGatewayEnded) {
  Operation operation = Example();
  operation.set_attempts(0);
  const std::string text = OperationText(operation);
  EXPECT_NE(text.find("\n  Attempts:       not known\n"), std::string::npos) << text;
  ListOperationsResponse list;
  *list.add_operations() = operation;
  EXPECT_EQ(WideCells(list).at(1).at(3), "-");
  EXPECT_NE(text.find("\n  Sent as:        WXGW_6f0bca6e-2e7a-4f8e-9a39-3b1f0b0f8d11_1, and perhaps higher numbers\n"),
            std::string::npos)
      << text;
}

TEST(OperationText, SaysWhatToDoAboutAnUnknownOne) {
  EXPECT_EQ(OperationText(Example()), R"(Operation 6f0bca6e-2e7a-4f8e-9a39-3b1f0b0f8d11
  State:          UNKNOWN
  User:           95547321@sp.com
  Enterprise:     Reseller1+acme
  Ordered:        2023-11-14T22:13:20Z
  Changed:        2023-11-14T22:13:51Z
  Attempts:       1
  Error:          UNAVAILABLE (WEBEX_ANSWER_LOST)
  Sent as:        WXGW_6f0bca6e-2e7a-4f8e-9a39-3b1f0b0f8d11_1

The workspace may exist, so no other order for this user is sent. Look for the user in Webex
Control Hub. If the workspace is there:
    webexctl operations resolve 6f0bca6e-2e7a-4f8e-9a39-3b1f0b0f8d11 \
      --applied --workspace_id=ID --note='HOW YOU KNOW'
If it is not:
    webexctl operations resolve 6f0bca6e-2e7a-4f8e-9a39-3b1f0b0f8d11 \
      --not_applied --note='HOW YOU KNOW'
Or whoever ordered it may have it sent once more, if Webex reliably refuses a second workspace for the
user: the same order with
    --request_id=6f0bca6e-2e7a-4f8e-9a39-3b1f0b0f8d11 --if_unknown=repeat
)");
}

TEST(OperationText, SaysOfOneThatWasSentOnceMoreWhyItCountsAsCarriedOut) {
  Operation operation = Example();
  operation.set_state(Operation::SUCCEEDED);
  operation.mutable_error()->set_code(6);
  operation.mutable_error()->set_reason("WEBEX_ALREADY_EXISTS");
  EXPECT_THAT(OperationText(operation),
              testing::HasSubstr("\n  Error:          ALREADY_EXISTS (WEBEX_ALREADY_EXISTS)\n"));
  EXPECT_THAT(OperationText(operation), testing::EndsWith(R"(
It was sent once more because its outcome was unknown, and Webex answered that the user already has a
workspace: so it counts as carried out. Webex Control Hub shows the workspace.
)"));
}

TEST(OperationText, SaysUntilWhenAndByWhomItMayBeSent) {
  Operation operation = Example();
  operation.mutable_sends_until()->set_seconds(1'700'000'060);
  operation.set_gateway("pod-1/0d4ab2fe");
  const std::string text = OperationText(operation);
  EXPECT_THAT(text, testing::HasSubstr("  Sends until:    2023-11-14T22:14:20Z by pod-1/0d4ab2fe\n"));
  EXPECT_THAT(text, testing::HasSubstr("If it is not (accepted only after 2023-11-14T22:14:20Z):\n"));
  ListOperationsResponse list;
  *list.add_operations() = operation;
  EXPECT_THAT(OperationTable(list, {.wide = true}), testing::EndsWith("  2023-11-14T22:14:20Z by pod-1/0d4ab2fe\n"));
  operation.set_state(Operation::SUCCEEDED);
  EXPECT_THAT(OperationText(operation), testing::Not(testing::HasSubstr("Sends until")));
}

TEST(OperationText, NamesWorkspacesThatShouldNotBe) {
  Operation operation = Example();
  operation.mutable_workspace()->set_id("w9");
  EXPECT_THAT(OperationText(operation), testing::HasSubstr("  Possibly:       w9\n"));
  operation.set_state(Operation::SUCCEEDED);
  operation.add_other_workspace_ids("w1");
  const std::string text = OperationText(operation);
  EXPECT_THAT(text, testing::HasSubstr("  Workspace:      w9\n"));
  EXPECT_THAT(text, testing::HasSubstr("  Also created:   w1\n"));
  EXPECT_THAT(text, testing::HasSubstr("remove the superfluous ones"));
}

TEST(OperationText, SaysWhoOrderedAndWhoResolved) {
  Operation operation = Example();
  operation.set_state(Operation::SUCCEEDED);
  operation.set_caller("spiffe://sp.com/billing");
  operation.set_webex_tracking_id("ROUTER_1");
  operation.mutable_workspace()->set_id("Y2lzY29z");
  operation.mutable_workspace()->set_display_name("Conference Room");
  operation.mutable_resolution()->set_resolver("spiffe://sp.com/ops");
  operation.mutable_resolution()->set_note("seen in Control Hub");
  EXPECT_EQ(OperationText(operation), R"(Operation 6f0bca6e-2e7a-4f8e-9a39-3b1f0b0f8d11
  State:          SUCCEEDED
  User:           95547321@sp.com
  Enterprise:     Reseller1+acme
  Ordered:        2023-11-14T22:13:20Z by spiffe://sp.com/billing
  Changed:        2023-11-14T22:13:51Z
  Attempts:       1
  Error:          UNAVAILABLE (WEBEX_ANSWER_LOST)
  Tracking id:    ROUTER_1 (quote it to Cisco's support)
  Workspace:      Y2lzY29z
  Display name:   Conference Room
  Resolved by:    spiffe://sp.com/ops
  Note:           seen in Control Hub
)");
}

TEST(OperationJson, HasEveryField) {
  Operation operation;
  operation.set_state(Operation::FAILED);
  EXPECT_EQ(OperationJson(operation), R"({
 "requestId": "",
 "state": "FAILED",
 "spEnterpriseId": "",
 "userId": "",
 "caller": "",
 "attempts": 0,
 "webexTrackingId": "",
 "gateway": "",
 "otherWorkspaceIds": [],
 "method": "",
 "workspaceId": ""
}
)");
}

}  // namespace
}  // namespace webex_gateway::client
