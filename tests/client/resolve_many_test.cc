// `webexctl operations resolve --from=FILE`: its calls and words. What the file says is settlement_test.cc's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "tests/client/fake_gateway.h"
#include "tests/client/run_cli.h"

namespace webex_gateway::client {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

class ResolveManyTest : public testing::Test {
 protected:
  ResolveManyTest() {
    FakeGateway::OperationPage page;
    for (const char* name : {"ada", "bob", "cyd"}) {
      auto& operation = *page.add_operations();
      operation.set_request_id(absl::StrCat("id-", name));
      operation.set_state(FakeGateway::Operation::UNKNOWN);
      operation.set_sp_enterprise_id("e");
      operation.set_user_id(name);
      operation.mutable_sends_until()->set_seconds(1'700'000'000);
    }
    page.mutable_operations(2)->mutable_sends_until()->set_seconds(1'700'003'000);
    gateway_.AnswerPages({page});
    Write("User ID,Workspace ID\nAda,w1\nzed,w2\n");
  }

  void Write(const std::string& csv) { std::ofstream(file_) << csv; }

  CliResult Run(std::vector<std::string> args) {
    args.insert(args.begin(), {"operations", "resolve", absl::StrCat("--from=", file_),
                               "--exported_at=2023-11-14T23:03:20Z", absl::StrCat("--address=", gateway_.address())});
    return Webexctl(args);
  }

  std::vector<std::string> Resolutions() {
    std::vector<std::string> calls = gateway_.operation_calls();
    std::erase_if(calls, [](const std::string& call) { return call.rfind("ResolveOperation", 0) != 0; });
    std::sort(calls.begin(), calls.end());
    return calls;
  }

  const std::string file_ =
      absl::StrCat(testing::TempDir(), "/", testing::UnitTest::GetInstance()->current_test_info()->name(), ".csv");
  FakeGateway gateway_;
};

TEST_F(ResolveManyTest, ShowsWhatWouldBeResolvedAndResolvesNothing) {
  const CliResult result = Run({"--absent_is_not_applied"});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.err,
            "webexctl: 2 workspaces in the file of 2023-11-14T23:03:20Z, 3 unknown orders to provision: 1 applied, 1 "
            "not applied, 1 left for a "
            "person\nwebexctl: nothing was resolved; give --yes to resolve\n");
  EXPECT_THAT(result.out, StartsWith("requestId,userId,spEnterpriseId,finding,workspaceId,why"));
  EXPECT_THAT(result.out, HasSubstr("\nid-ada,ada,e,applied,w1,"));
  EXPECT_THAT(result.out, HasSubstr("\nid-bob,bob,e,not_applied,,"));
  EXPECT_THAT(result.out, HasSubstr("\nid-cyd,cyd,e,left,,"));
  EXPECT_THAT(gateway_.operation_calls(),
              ElementsAre("ListOperations: state: UNKNOWN page_size: 500 method: \"ProvisionWorkspace\""));
}

TEST_F(ResolveManyTest, ResolvesWhatIsShownEachWithTheNote) {
  const CliResult result = Run({"--absent_is_not_applied", "--yes", "--note=n"});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.err, HasSubstr("\nwebexctl: resolved 2 of 2\n"));
  EXPECT_THAT(Resolutions(), ElementsAre("ResolveOperation: request_id: \"id-ada\" applied { id: \"w1\" } note: \"n\"",
                                         "ResolveOperation: request_id: \"id-bob\" not_applied { } note: \"n\""));
}

TEST_F(ResolveManyTest, LeavesAbsentUsersUnlessRequestedOtherwise) {
  Run({"--yes", "--note=n"});
  EXPECT_THAT(Resolutions(),
              ElementsAre("ResolveOperation: request_id: \"id-ada\" applied { id: \"w1\" } note: \"n\""));
}

TEST_F(ResolveManyTest, GoesByTheTimeOfTheFileWhereNoOtherIsGiven) {
  const std::vector<std::string> args = {"operations", "resolve", absl::StrCat("--from=", file_),
                                         "--absent_is_not_applied", absl::StrCat("--address=", gateway_.address())};
  EXPECT_THAT(Webexctl(args).err, HasSubstr(": 1 applied, 2 not applied, 0 left"));  // it was written a moment ago
}

// A pipe's time is that of the reading: orders would be resolved too early.
TEST_F(ResolveManyTest, ReadsStandardInputOnlyWithTheTimeOfTheExport) {
  const std::string csv = "User ID,Workspace ID\nada,w1\n";
  std::vector<std::string> args = {"operations", "resolve", "--from=-", "--absent_is_not_applied",
                                   absl::StrCat("--address=", gateway_.address())};
  EXPECT_THAT(Webexctl(args, csv).err,
              StartsWith("webexctl: --exported_at: is missing; only a file shows when it was written\n"));
  args.emplace_back("--exported_at=infinite-future");
  EXPECT_THAT(Webexctl(args, csv).err, StartsWith("webexctl: --exported_at: is in the future\n"));
  EXPECT_THAT(gateway_.operation_calls(), ElementsAre());
  args.back() = "--exported_at=2023-11-14T23:03:20Z";
  const CliResult result = Webexctl(args, csv);
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.err, HasSubstr(": 1 applied, 1 not applied, 1 left"));
}

TEST_F(ResolveManyTest, NamesWhatIsWrongWithTheCommandLineOrTheFileAndResolvesNothing) {
  EXPECT_THAT(Run({"--yes"}).err, StartsWith("webexctl: --note: is missing; explain how you know\n"));
  EXPECT_THAT(Run({"--yes", "--dry_run", "--note=n"}).err, StartsWith("webexctl: --dry_run, --yes: only one"));
  EXPECT_THAT(Run({"id-1"}).err,
              StartsWith("webexctl: REQUEST_ID: not with --from, whose file shows what was found\n"));
  EXPECT_THAT(Run({"--applied", "--workspace_id=w"}).err,
              StartsWith("webexctl: --applied: not with --from, whose file shows what was found\n"
                         "webexctl: --workspace_id: not with --from"));
  EXPECT_THAT(Run({"--user_id_column=User"}).err,
              HasSubstr(": line 1: there is no column 'User'; there are User ID, Workspace ID\n"));
  EXPECT_EQ(Run({"--user_id_column=User"}).code, 2);
  EXPECT_THAT(Run({"--output=json"}).err, StartsWith("webexctl: --output=json: not with --from"));
  EXPECT_THAT(Run({"--exported_at=infinite-future"}).err,
              StartsWith("webexctl: --exported_at: is later than the file was last written, 20"));
  std::remove(file_.c_str());
  EXPECT_THAT(Run({}).err, HasSubstr(": cannot be read: No such file or directory\n"));
  EXPECT_THAT(Resolutions(), ElementsAre());
}

TEST_F(ResolveManyTest, SaysThatADirectoryCannotBeRead) {
  const CliResult result =
      Webexctl({"operations", "resolve", "--from=/", absl::StrCat("--address=", gateway_.address())});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, StartsWith("webexctl: --from: /: cannot be read: Is a directory\n"));
}

TEST_F(ResolveManyTest, GoesOnWhereAWorkspaceIdIsNotValid) {
  const auto info = Info("INVALID_REQUEST", {});
  google::rpc::BadRequest bad;
  bad.add_field_violations()->set_field("applied.id");
  gateway_.FailResolutions(Failure(grpc::StatusCode::INVALID_ARGUMENT, "bad id", {&info, &bad}));
  const CliResult result = Run({"--absent_is_not_applied", "--yes", "--note=n"});
  EXPECT_EQ(result.code, 67);
  EXPECT_THAT(result.err, HasSubstr("\nwebexctl: resolved 0 of 2\n"));
  EXPECT_THAT(Resolutions(), SizeIs(2));
}

TEST_F(ResolveManyTest, SaysThatTheGatewayCannotListThem) {
  gateway_.FailOperations(Failure(grpc::StatusCode::UNAVAILABLE, "away", {}));
  const CliResult result = Run({"--yes", "--note=n"});
  EXPECT_EQ(result.code, 78);
  EXPECT_EQ(result.out, "");
}

}  // namespace
}  // namespace webex_gateway::client
