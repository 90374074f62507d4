// webexctl batch, whole, against a gateway that answers as a test says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/batch_results.h"
#include "client/batch_summary.h"
#include "tests/client/fake_gateway.h"
#include "tests/client/run_cli.h"
#include "tests/server/testing/read_all.h"

namespace webex_gateway::client {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr char kRooms[] =
    "provisioningId,userId,spEnterpriseId,displayName\n"
    "p,a@sp.com,e,Room A\n"
    "p,b@sp.com,e,Room B\n"
    "p,c@sp.com,e,Room C\n";

class BatchCommandTest : public testing::Test {
 protected:
  BatchCommandTest() {
    std::filesystem::create_directories(directory_);
    Write(kRooms);
    const auto info = Info("OPERATION_NOT_FOUND", {{"outcome", "not_applied"}});
    gateway_.FailOperations(Failure(grpc::StatusCode::NOT_FOUND, "none", {&info}));
    FakeGateway::Workspace workspace;
    workspace.set_id("w1");
    gateway_.Answer(workspace);
  }
  ~BatchCommandTest() override { std::filesystem::remove_all(directory_); }

  void Write(const std::string& content) const { std::ofstream(file_) << content; }

  CliResult Batch(std::vector<std::string> args, const std::string& in = "") {
    args.insert(args.begin(), {absl::StrCat("--address=", gateway_.address()), "batch"});
    return Webexctl(args, in);
  }

  // The lines of the file of results, without its header.
  std::vector<std::string> Results() const {
    const std::string content = ReadAll(file_ + ".results.csv");
    EXPECT_THAT(content, StartsWith(ResultsHeader()));
    std::vector<std::string> lines = absl::StrSplit(content, '\n', absl::SkipEmpty());
    if (!lines.empty()) lines.erase(lines.begin());
    return lines;
  }

  void Refuse(const char* reason, const char* outcome, grpc::StatusCode code = grpc::StatusCode::INTERNAL) {
    const auto info = Info(reason, {{"outcome", outcome}});
    gateway_.Fail(Failure(code, "as the test says", {&info}));
  }

  FakeGateway gateway_;
  const std::string directory_ = testing::TempDir() + absl::StrCat("batch-", getpid());
  const std::string file_ = directory_ + "/rooms.csv";
};

TEST_F(BatchCommandTest, SendsTheRowsAndWritesTheirResults) {
  const CliResult result = Batch({file_});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, IsEmpty());
  EXPECT_THAT(result.err, HasSubstr("webexctl: 3 applied\n"));
  const std::vector<std::string> results = Results();
  ASSERT_EQ(results.size(), 3u);
  EXPECT_THAT(results[0], StartsWith("2,"));
  EXPECT_THAT(results[2], StartsWith("4,"));
  EXPECT_THAT(results[2], HasSubstr(",applied,OK,,w1,"));
}

TEST_F(BatchCommandTest, ReadsStandardInputAndWritesToStandardOutput) {
  const CliResult result = Batch({"-", "--set=displayName=All", "--set", "spEnterpriseId=other"}, kRooms);
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, StartsWith(ResultsHeader()));
  ASSERT_EQ(gateway_.orders().size(), 3u);
  EXPECT_EQ(gateway_.orders()[0].display_name(), "All");
  EXPECT_EQ(gateway_.orders()[0].sp_enterprise_id(), "other");
}

TEST_F(BatchCommandTest, ReadsWhatExcelWrites) {
  std::string utf16 = "\xff\xfe";
  for (const char c : std::string("provisioningId\tuserId\tspEnterpriseId\tdisplayName\r\np\ta\te\tRoom\r\n")) {
    utf16 += {c, '\0'};
  }
  const CliResult result = Batch({"-"}, utf16);
  EXPECT_EQ(result.code, 0) << result.err;
  ASSERT_EQ(gateway_.orders().size(), 1u);
  EXPECT_EQ(gateway_.orders()[0].display_name(), "Room");
}

TEST_F(BatchCommandTest, SendsNothingOfAFileWithAFault) {
  Write(absl::StrCat(kRooms, "p,,e,\np,A@sp.com,e,Room\n"));
  const CliResult result = Batch({file_});
  EXPECT_EQ(result.code, kExitUsage);
  EXPECT_THAT(result.err, HasSubstr(absl::StrCat(file_, ":5: userId: must not be empty\n")));
  EXPECT_THAT(result.err, HasSubstr(absl::StrCat(file_, ":5: displayName: must not be empty\n")));
  EXPECT_THAT(result.err, HasSubstr(absl::StrCat(file_, ":6: the same enterprise and user as in line 2\n")));
  EXPECT_THAT(result.err, HasSubstr("3 faults"));
  EXPECT_THAT(gateway_.orders(), IsEmpty());
  EXPECT_THAT(gateway_.operation_calls(), IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(file_ + ".results.csv"));
}

TEST_F(BatchCommandTest, SaysWhyAFileCannotBeRead) {
  EXPECT_THAT(Batch({directory_ + "/none.csv"}).err, HasSubstr("none.csv: cannot be read: No such file"));
  EXPECT_EQ(Batch({directory_}).code, kExitUsage);
  Write("M\xfcnchen");
  const CliResult result = Batch({file_});
  EXPECT_EQ(result.code, kExitUsage);
  EXPECT_THAT(result.err, HasSubstr("neither UTF-8 nor UTF-16"));
}

TEST_F(BatchCommandTest, NamesFaultsOfTheCommandLine) {
  EXPECT_THAT(Batch({}).err, HasSubstr("FILE is missing"));
  const CliResult result = Batch({file_, "--in_flight=0", "--set=userid", "--patience=0s"});
  EXPECT_EQ(result.code, kExitUsage);
  for (const char* fault : {"--in_flight: must be 1 to 1000", "COLUMN=VALUE", "--patience"}) {
    EXPECT_THAT(result.err, HasSubstr(fault));
  }
  EXPECT_THAT(Batch({file_, "--set=userId=a", "--set=userId=b"}).err, HasSubstr("userId is given twice"));
  EXPECT_THAT(gateway_.orders(), IsEmpty());
}

TEST_F(BatchCommandTest, ADryRunAsksTheGatewayAndSendsNothing) {
  const CliResult valid = Batch({file_, "--dry_run"});
  EXPECT_EQ(valid.code, 0) << valid.err;
  EXPECT_THAT(valid.err, HasSubstr("3 orders in " + file_ + " are valid; nothing was sent"));
  ASSERT_EQ(gateway_.orders().size(), 3u);
  for (const FakeGateway::Order& order : gateway_.orders()) EXPECT_TRUE(order.validate_only());
  EXPECT_FALSE(std::filesystem::exists(file_ + ".results.csv"));

  Refuse("INVALID_REQUEST", "unchanged", grpc::StatusCode::INVALID_ARGUMENT);
  const CliResult invalid = Batch({file_, "--dry_run"});
  EXPECT_EQ(invalid.code, kExitUsage);
  EXPECT_THAT(invalid.err,
              HasSubstr(file_ + ":3: INVALID_REQUEST: as the test says\n" + file_ + ":4: INVALID_REQUEST: "));
}

TEST_F(BatchCommandTest, ADryRunTakesALostConnectionForNoFaultOfTheFile) {
  gateway_.Fail(grpc::Status(grpc::StatusCode::UNAVAILABLE, "reset"));
  const CliResult result = Batch({file_, "--dry_run"});
  EXPECT_EQ(result.code, 4);
  EXPECT_THAT(result.err, HasSubstr("3 orders could not be checked: UNAVAILABLE: reset"));
  EXPECT_THAT(result.err, Not(HasSubstr("valid; nothing was sent")));
}

TEST_F(BatchCommandTest, LeavesAFileAloneThatIsNotAResultsFile) {
  const std::string precious = directory_ + "/precious.csv";
  std::ofstream(precious) << "mine\n";
  const CliResult result = Batch({file_, "--results=" + precious});
  EXPECT_EQ(result.code, kExitUsage);
  EXPECT_THAT(result.err, HasSubstr("is not a results file of webexctl batch"));
  EXPECT_THAT(gateway_.orders(), IsEmpty());
}

TEST_F(BatchCommandTest, KeepsEarlierResultsAndSaysWhere) {
  Batch({file_, "--in_flight=1"});
  const CliResult again = Batch({file_, "--in_flight=1"});
  EXPECT_EQ(again.code, 0);
  EXPECT_THAT(again.err, HasSubstr("moved to " + file_ + ".results.csv.1\n"));
  EXPECT_EQ(gateway_.orders()[0].request_id(), gateway_.orders()[3].request_id());
}

TEST_F(BatchCommandTest, NeedsAGatewayThatKeepsALedger) {
  const auto info = Info("LEDGER_NOT_KEPT", {{"outcome", "not_applied"}});
  gateway_.FailOperations(Failure(grpc::StatusCode::UNIMPLEMENTED, "no record", {&info}));
  const CliResult result = Batch({file_});
  EXPECT_EQ(result.code, 76);
  EXPECT_THAT(result.err, HasSubstr("A batch needs the record"));
  EXPECT_THAT(gateway_.orders(), IsEmpty());
  EXPECT_EQ(Batch({file_, "--dry_run"}).code, 0);
}

TEST_F(BatchCommandTest, SaysThatTheGatewayCannotBeReached) {
  gateway_.Stop();
  const CliResult result = Batch({file_});
  EXPECT_EQ(result.code, 78);
  EXPECT_THAT(result.err, HasSubstr("nothing was sent"));
  EXPECT_FALSE(std::filesystem::exists(file_ + ".results.csv"));
}

TEST_F(BatchCommandTest, GroupsWhatWasRefusedAndSaysWhatToDo) {
  Refuse("WEBEX_ALREADY_EXISTS", "not_applied", grpc::StatusCode::ALREADY_EXISTS);
  const CliResult result = Batch({file_});
  EXPECT_EQ(result.code, kExitSomeRefused);
  EXPECT_THAT(result.err, HasSubstr("webexctl: 3 refused\n"
                                    "  3 refused, WEBEX_ALREADY_EXISTS, lines 2, 3, 4\n"));
  EXPECT_THAT(result.err, HasSubstr("    Next: these users already have a workspace"));
  EXPECT_THAT(result.err, Not(HasSubstr("resolve")));
  EXPECT_THAT(Results()[0], HasSubstr(",not_applied,ALREADY_EXISTS,WEBEX_ALREADY_EXISTS,,,as the test says"));
}

TEST_F(BatchCommandTest, SaysHowToSettleUnknownOrders) {
  Refuse("WEBEX_INTERNAL", "unknown");
  const CliResult result = Batch({file_});
  EXPECT_EQ(result.code, kExitSomeUnknown);
  EXPECT_THAT(result.err, HasSubstr("3 unknown, WEBEX_INTERNAL"));
  EXPECT_THAT(result.err, HasSubstr("webexctl operations list --state=unknown --method=provision\n"));
}

TEST_F(BatchCommandTest, PrintsTheSummaryAsJsonForScripts) {
  Refuse("WEBEX_ALREADY_EXISTS", "not_applied", grpc::StatusCode::ALREADY_EXISTS);
  const CliResult result = Batch({file_, "--in_flight=1", "--output=json"});
  EXPECT_EQ(result.code, kExitSomeRefused);
  EXPECT_EQ(result.out, absl::StrCat(R"({
 "applied": 0,
 "refused": 3,
 "unknown": 0,
 "notSent": 0,
 "results": ")",
                                     file_, R"(.results.csv",
 "stopped": "",
 "reasons": [
  {
   "end": "refused",
   "reason": "WEBEX_ALREADY_EXISTS",
   "count": 3,
   "lines": [
    2,
    3,
    4
   ],
   "message": "as the test says",
   "next": "these users already have a workspace; remove the rows, or look in Webex Control Hub"
  }
 ]
}
)"));
  EXPECT_THAT(Batch({"-", "--output=json"}, kRooms).err,
              HasSubstr("--output=json: standard output is taken by the results"));
}

TEST(BatchSummary, HasAnExitCodeForEachEnd) {
  const BatchOrder order;
  const BatchResult applied, not_sent = {.was_sent = false};
  const BatchResult refused = {.error = CallError{.outcome = Outcome::kNotApplied}};
  const BatchResult unknown = {.error = CallError{.outcome = Outcome::kUnknown}};
  const auto code = [&order](const std::vector<BatchResult>& results, BatchStop stop = BatchStop::kNot) {
    BatchSummary summary;
    for (const BatchResult& result : results) summary.Note(order, result);
    return summary.ExitCode({.stop = stop});
  };
  EXPECT_EQ(code({applied}), 0);
  EXPECT_EQ(code({applied}, BatchStop::kInterrupted), 0);
  EXPECT_EQ(code({applied, refused}), 4);
  EXPECT_EQ(code({applied, not_sent}, BatchStop::kLostCause), 4);
  EXPECT_EQ(code({applied, not_sent}, BatchStop::kNoProgress), 4);
  EXPECT_EQ(code({applied, refused, unknown}), 5);
  EXPECT_EQ(code({unknown, not_sent}, BatchStop::kInterrupted), 5);
  EXPECT_EQ(code({applied, not_sent}, BatchStop::kInterrupted), 130);
  EXPECT_EQ(code({applied, not_sent}, BatchStop::kUnreachable), 78);
  EXPECT_EQ(code({applied, unknown}, BatchStop::kNotKept), 3);
}

}  // namespace
}  // namespace webex_gateway::client
