#include "client/operation_commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/client/fake_gateway.h"
#include "tests/client/run_cli.h"

namespace webex_gateway::client {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class OperationCommandsTest : public testing::Test {
 protected:
  CliResult Run(std::vector<std::string> args) {
    args.insert(args.begin(), "operations");
    args.push_back(absl::StrCat("--address=", gateway_.address()));
    return Webexctl(args);
  }

  FakeGateway gateway_;
};

// `count` operations from id `first` on.
FakeGateway::OperationPage Page(int first, int count, const std::string& next_page_token = "") {
  FakeGateway::OperationPage page;
  for (int i = first; i < first + count; ++i) page.add_operations()->set_request_id(absl::StrCat("id-", i));
  page.set_next_page_token(next_page_token);
  return page;
}

FakeGateway::Operation Unknown() {
  FakeGateway::Operation operation;
  operation.set_request_id("id-1");
  operation.set_state(FakeGateway::Operation::UNKNOWN);
  return operation;
}

TEST_F(OperationCommandsTest, ListsWhatTheFlagsAskFor) {
  gateway_.AnswerPages({Page(1, 1)});
  const CliResult result = Run({"list", "--state=unknown", "--sp_enterprise_id=Reseller1+acme",
                                "--user_id=95547321@sp.com", "--method=update", "--workspace_id=w/1"});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.out, HasSubstr("\nid-1  "));
  EXPECT_EQ(result.err, "");
  EXPECT_THAT(gateway_.operation_calls(),
              ElementsAre("ListOperations: state: UNKNOWN sp_enterprise_id: \"Reseller1+acme\" "
                          "user_id: \"95547321@sp.com\" page_size: 100 "
                          "method: \"UpdateWorkspace\" workspace_id: \"w/1\""));
}

// A page of two: of 02:20 and 01:59 on a day in 2023, the later one WEBEX_INTERNAL.
FakeGateway::OperationPage PageOfTwo() {
  FakeGateway::OperationPage page = Page(1, 2, "more");
  page.mutable_operations(0)->mutable_create_time()->set_seconds(1'700'014'800);
  page.mutable_operations(0)->mutable_error()->set_reason("WEBEX_INTERNAL");
  page.mutable_operations(1)->mutable_create_time()->set_seconds(1'700'013'540);
  page.mutable_operations(1)->mutable_error()->set_reason("WEBEX_TIMEOUT");
  return page;
}

TEST_F(OperationCommandsTest, ListsThoseOfAReasonPageByPage) {
  gateway_.AnswerPages({PageOfTwo(), Page(3, 1)});
  const CliResult result = Run({"list", "--reason=WEBEX_TIMEOUT"});
  EXPECT_THAT(result.out, HasSubstr("\nid-2  "));
  EXPECT_THAT(result.out, Not(HasSubstr("id-1")));
  EXPECT_THAT(result.out, Not(HasSubstr("id-3")));
  EXPECT_EQ(gateway_.operation_calls().size(), 2u);
}

TEST_F(OperationCommandsTest, ListsThoseSinceATimeAndAsksForNoOlderOnes) {
  gateway_.AnswerPages({PageOfTwo(), Page(3, 1)});
  const CliResult result = Run({"list", "--since=2023-11-15T02:20:00Z"});
  EXPECT_THAT(result.out, HasSubstr("\nid-1  "));
  EXPECT_THAT(result.out, Not(HasSubstr("id-2")));
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(gateway_.operation_calls().size(), 1u);
}

TEST_F(OperationCommandsTest, ListsAsCsv) {
  gateway_.AnswerPages({Page(1, 1)});
  const CliResult result = Run({"list", "--output=csv"});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.out, StartsWith("requestId,state,method,"));
  EXPECT_THAT(result.out, HasSubstr("\nid-1,"));
  EXPECT_THAT(Run({"get", "id-1", "--output=csv"}).err,
              StartsWith("webexctl: --output=csv: only for operations list\n"));
}

TEST_F(OperationCommandsTest, CountsWhatIsUnknownByReasonAndQuarterOfAnHour) {
  FakeGateway::OperationPage page = PageOfTwo();
  page.set_next_page_token("");
  *page.add_operations() = page.operations(0);
  gateway_.AnswerPages({page, page});
  const CliResult result = Run({"summary"});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.out,
            "ORDERED SINCE         ORDERS  REASON\n"
            "2023-11-15T02:15:00Z  2       WEBEX_INTERNAL\n"
            "2023-11-15T01:45:00Z  1       WEBEX_TIMEOUT\n");
  EXPECT_THAT(gateway_.operation_calls(),
              ElementsAre("ListOperations: state: UNKNOWN page_size: 500 method: \"ProvisionWorkspace\""));
  EXPECT_EQ(Run({"summary", "--output=json"}).out, R"({
 "groups": [
  {
   "orderedSince": "2023-11-15T02:15:00Z",
   "reason": "WEBEX_INTERNAL",
   "orders": 2
  },
  {
   "orderedSince": "2023-11-15T01:45:00Z",
   "reason": "WEBEX_TIMEOUT",
   "orders": 1
  }
 ]
}
)");
  EXPECT_EQ(Run({"summary"}).err, "webexctl: no order to provision is UNKNOWN\n");
}

TEST_F(OperationCommandsTest, ResolvesNothingWhereAFlagIsGivenThatIsAboutAFile) {
  for (const char* flag : {"--dry_run", "--yes", "--absent_is_not_applied", "--exported_at=2023-11-14T23:03:20Z"}) {
    const CliResult result = Run({"resolve", "id-1", "--not_applied", "--note=n", flag});
    EXPECT_EQ(result.code, 2) << flag;
    EXPECT_THAT(result.err, HasSubstr(": needs --from\n"));
  }
  EXPECT_THAT(gateway_.operation_calls(), ElementsAre());
}

TEST_F(OperationCommandsTest, TakesAMethodByItsCommandOrItsRpc) {
  for (const auto& [flag, condition] : {std::pair("--method=provision", " method: \"ProvisionWorkspace\""),
                                        {"--method=RemoveWorkspace", " method: \"RemoveWorkspace\""},
                                        {"--method=remove", " method: \"RemoveWorkspace\""},
                                        {"--method=any", ""}}) {
    EXPECT_EQ(Run({"list", flag}).code, 0);
    EXPECT_EQ(gateway_.operation_calls().back(), absl::StrCat("ListOperations: page_size: 100", condition));
  }
  EXPECT_THAT(Run({"list", "--method=removal"}).err,
              HasSubstr("--method: 'removal' is not valid: provision, update, remove or any\n"));
}

TEST_F(OperationCommandsTest, PagesOnUntilTheEnd) {
  gateway_.AnswerPages({Page(0, 500, "a"), Page(500, 2)});
  const CliResult result = Run({"list", "--limit=1200"});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.out, HasSubstr("\nid-501  "));
  EXPECT_EQ(result.err, "");
  EXPECT_THAT(gateway_.operation_calls(),
              ElementsAre("ListOperations: page_size: 500", "ListOperations: page_size: 500 page_token: \"a\""));
}

TEST_F(OperationCommandsTest, StopsAtTheLimitAndSaysThatThereAreMore) {
  gateway_.AnswerPages({Page(0, 2, "a"), Page(2, 1, "b"), Page(3, 1)});
  const CliResult result = Run({"list", "--limit=3"});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.err, "webexctl: there are more than --limit=3; give --all, or for the next page --page_token=b\n");
  EXPECT_THAT(gateway_.operation_calls(),
              ElementsAre("ListOperations: page_size: 3", "ListOperations: page_size: 1 page_token: \"a\""));
}

TEST_F(OperationCommandsTest, GoesOnWhereAnEarlierListEnded) {
  gateway_.AnswerPages({Page(3, 1)});
  const CliResult result = Run({"list", "--page_token=b", "--limit=3"});
  EXPECT_THAT(result.out, HasSubstr("\nid-3  "));
  EXPECT_THAT(gateway_.operation_calls(), ElementsAre("ListOperations: page_size: 3 page_token: \"b\""));
}

TEST_F(OperationCommandsTest, ListsAllPages) {
  gateway_.AnswerPages({Page(0, 500, "a"), Page(500, 500, "b"), Page(1000, 1)});
  const CliResult result = Run({"list", "--all"});
  EXPECT_THAT(result.out, HasSubstr("\nid-1000  "));
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(gateway_.operation_calls().size(), 3u);
}

TEST_F(OperationCommandsTest, ExplainsItsConditionsInTheirOwnWords) {
  EXPECT_THAT(Webexctl({"help", "operations", "list"}).out,
              testing::AllOf(HasSubstr("Only orders for this user id on BroadWorks"), Not(HasSubstr("required"))));
}

TEST_F(OperationCommandsTest, FitsTheListToTheTerminal) {
  gateway_.AnswerPages({Page(1, 1), Page(1, 1)});
  const auto list_on_12_columns = [this](const std::string& flag) {
    const absl::FlagSaver saver;
    std::istringstream in;
    std::ostringstream out, err;
    const CliIo io{in, out, err, [](const std::string&) { return std::nullopt; }, {}, 80, 12};
    EXPECT_EQ(RunCli({"operations", "list", flag, "--address", gateway_.address()}, io), 0);
    return out.str();
  };
  EXPECT_EQ(list_on_12_columns("--nowide"), "REQUEST ID\nid-1\n");
  EXPECT_THAT(list_on_12_columns("--wide"), HasSubstr("MAY BE SENT UNTIL\n"));
}

TEST_F(OperationCommandsTest, SaysThatThereIsNothingToList) {
  const CliResult all = Run({"list"});
  EXPECT_EQ(all.out, "");
  EXPECT_EQ(all.err, "webexctl: no operation is on record yet\n");
  EXPECT_EQ(all.code, 0);
  for (const char* condition :
       {"--state=unknown", "--user_id=u", "--sp_enterprise_id=e", "--method=update", "--workspace_id=w"}) {
    const CliResult some = Run({"list", condition});
    EXPECT_EQ(some.err, "webexctl: no operation on record meets these conditions\n") << condition;
    EXPECT_EQ(some.code, 0);
  }
}

TEST_F(OperationCommandsTest, ListsAsJsonThatScriptsCanGoThroughBeItEmpty) {
  const CliResult none = Run({"list", "--output=json"});
  EXPECT_EQ(none.out, "{\n \"operations\": [],\n \"nextPageToken\": \"\"\n}\n");
  EXPECT_EQ(none.err, "");
  gateway_.AnswerPages({Page(1, 1, "more")});
  const CliResult one = Run({"list", "--output=json", "--limit=1"});
  EXPECT_THAT(one.out, HasSubstr("\"requestId\": \"id-1\""));
  EXPECT_THAT(one.out, HasSubstr("\"nextPageToken\": \"more\""));
  EXPECT_EQ(one.err, "");
}

TEST_F(OperationCommandsTest, GetsOneOperation) {
  gateway_.AnswerOperation(Unknown());
  const CliResult result = Run({"get", "id-1"});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.out, StartsWith("Operation id-1\n  State:          UNKNOWN\n"));
  EXPECT_THAT(gateway_.operation_calls(), ElementsAre("GetOperation: request_id: \"id-1\""));
  EXPECT_THAT(Run({"get", "id-1", "--output=json"}).out, StartsWith("{\n \"requestId\": \"id-1\""));
}

TEST_F(OperationCommandsTest, ResolvesAsApplied) {
  FakeGateway::Operation resolved = Unknown();
  resolved.set_state(FakeGateway::Operation::SUCCEEDED);
  resolved.mutable_workspace()->set_id("Y2lzY29z");
  gateway_.AnswerOperation(resolved);
  const CliResult result =
      Run({"resolve", "id-1", "--applied", "--workspace_id=Y2lzY29z", "--note=seen in Control Hub"});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.out, HasSubstr("  Workspace:      Y2lzY29z\n"));
  EXPECT_THAT(gateway_.operation_calls(), ElementsAre("ResolveOperation: request_id: \"id-1\" applied { id: "
                                                      "\"Y2lzY29z\" } note: \"seen in Control Hub\""));
}

TEST_F(OperationCommandsTest, LeavesTheWorkspaceToTheGatewayWhichKnowsThatOfAnUpdate) {
  EXPECT_EQ(Run({"resolve", "id-1", "--applied", "--note=seen"}).code, 0);
  EXPECT_THAT(gateway_.operation_calls(),
              ElementsAre("ResolveOperation: request_id: \"id-1\" applied { } note: \"seen\""));
}

TEST_F(OperationCommandsTest, ResolvesAsNotApplied) {
  const CliResult result = Run({"resolve", "--not_applied", "--note", "not there", "id-1"});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(gateway_.operation_calls(),
              ElementsAre("ResolveOperation: request_id: \"id-1\" not_applied { } note: \"not there\""));
}

TEST_F(OperationCommandsTest, SaysThatTheGatewayIsGone) {
  EXPECT_EQ(Run({"resolve", "id-1", "--not_applied", "--gateway_is_gone", "--note=killed"}).code, 0);
  EXPECT_THAT(gateway_.operation_calls(), ElementsAre("ResolveOperation: request_id: \"id-1\" not_applied { } note: "
                                                      "\"killed\" gateway_is_gone: true"));
}

TEST_F(OperationCommandsTest, SaysWhatAResolutionLacks) {
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{"resolve"}, "webexctl: REQUEST_ID is missing\n"},
      {{"resolve", "id-1"},
       "webexctl: give what you found: --applied or --not_applied\nwebexctl: --note: is missing; explain how you "
       "know\n"},
      {{"resolve", "id-1", "--note=n", "--not_applied", "--workspace_id=w"},
       "webexctl: --workspace_id: needs --applied\n"},
      {{"resolve", "id-1", "--note=n", "--applied", "--workspace_id=w", "--gateway_is_gone"},
       "webexctl: --gateway_is_gone: needs --not_applied\n"},
      {{"resolve", "id-1", "--note=n", "--not_applied", "--applied", "--workspace_id=w"},
       "webexctl: --applied, --not_applied: only one of them may be given\n"},
  };
  for (const auto& [args, faults] : cases) {
    const CliResult result = Run(args);
    EXPECT_EQ(result.code, 2);
    EXPECT_EQ(result.out, "");
    EXPECT_EQ(result.err, absl::StrCat(faults, "Try 'webexctl help operations resolve'.\n"));
  }
  EXPECT_THAT(gateway_.operation_calls(), IsEmpty());
}

TEST_F(OperationCommandsTest, NamesOtherFaultsOfTheCommandLine) {
  EXPECT_EQ(Run({"get"}).err, "webexctl: REQUEST_ID is missing\nTry 'webexctl help operations get'.\n");
  EXPECT_EQ(Run({"get", "a", "b"}).err, "webexctl: b: one argument too many\nTry 'webexctl help operations get'.\n");
  EXPECT_EQ(Run({"list", "--limit=0"}).err,
            "webexctl: --limit: must be above zero\nTry 'webexctl help operations list'.\n");
  EXPECT_THAT(Run({"list", "--state=lost"}).err,
              HasSubstr("--state: 'lost' is not valid: unknown, in_flight, succeeded, failed or any\n"));
  EXPECT_EQ(Run({"lst", "--state=unknown"}).err,
            "webexctl: operations lst: no such command; did you mean operations list?\n"
            "Try 'webexctl help operations'.\n");
  EXPECT_THAT(Run({}).err, StartsWith("webexctl: operations: no such command; "));
  EXPECT_EQ(Run({}).code, 2);
}

TEST_F(OperationCommandsTest, ReportsAFailureButNotAsOneOfTheOrder) {
  const auto info = Info("OPERATION_NOT_FOUND", {{"outcome", "not_applied"}, {"request_id", "id-1"}});
  gateway_.FailOperations(Failure(grpc::StatusCode::NOT_FOUND, "not on record", {&info}));
  const CliResult text = Run({"get", "id-1"});
  EXPECT_EQ(text.code, 69);
  EXPECT_EQ(text.out, "");
  EXPECT_EQ(text.err, "webexctl: NOT_FOUND (OPERATION_NOT_FOUND)\n  not on record\n  Request id:     id-1\n");
  const CliResult json = Run({"resolve", "id-1", "--not_applied", "--note=n", "--output=json"});
  EXPECT_EQ(json.code, 69);
  EXPECT_EQ(json.out, R"({
 "error": {
  "code": "NOT_FOUND",
  "grpcCode": 5,
  "reason": "OPERATION_NOT_FOUND",
  "message": "not on record",
  "requestId": "id-1"
 }
}
)");
  EXPECT_EQ(Run({"list"}).err, "webexctl: NOT_FOUND (OPERATION_NOT_FOUND)\n  not on record\n");
}

TEST_F(OperationCommandsTest, HaveHelp) {
  const CliResult group = Webexctl({"help", "operations"});
  EXPECT_EQ(group.code, 0);
  EXPECT_THAT(group.out, StartsWith("webexctl operations shows"));
  EXPECT_EQ(Webexctl({"operations", "--help"}).out, group.out);
  EXPECT_THAT(Webexctl({"help", "operations", "list"}).out, HasSubstr("  --state=any\n"));
  EXPECT_THAT(Webexctl({"operations", "get", "-h"}).out, HasSubstr("REQUEST_ID"));
  EXPECT_THAT(Webexctl({"operations", "resolve", "--help"}).out, HasSubstr("  --workspace_id=\n"));
}

}  // namespace
}  // namespace webex_gateway::client
