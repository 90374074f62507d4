#include "client/batch_results.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "client/csv.h"
#include "tests/server/testing/read_all.h"

namespace webex_gateway::client {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

BatchOrder Order() {
  webex::broadworks::v1::ProvisionWorkspaceRequest request;
  request.set_request_id("id-1");
  return {.line = 7, .request = request};
}

std::vector<std::string> CellsOf(const BatchResult& result) {
  const std::string row = ResultsRow(Order(), result);
  CsvReader reader(row);
  CsvRow read;
  EXPECT_TRUE(reader.Next(read));
  return read.cells;
}

class ResultsFileTest : public testing::Test {
 protected:
  ResultsFileTest() { std::filesystem::create_directories(directory_); }
  ~ResultsFileTest() override { std::filesystem::remove_all(directory_); }

  std::string Path(const std::string& name = "results.csv") const { return directory_ + "/" + name; }
  void Write(const std::string& content) const { std::ofstream(Path()) << content; }
  std::string Content(const std::string& name = "results.csv") const { return ReadAll(Path(name)); }

  const std::string directory_ = testing::TempDir() + absl::StrCat("results-", getpid());
};

TEST(ResultsRow, SaysWhatBecameOfAnOrder) {
  EXPECT_THAT(CellsOf({.workspace_id = "w", .metadata = {.tracking_id = "T"}}),
              ElementsAre("7", "id-1", "applied", "OK", "", "w", "T", ""));
  EXPECT_THAT(
      CellsOf({.error = CallError{.code = absl::StatusCode::kInternal, .message = "500", .reason = "WEBEX_INTERNAL"}}),
      ElementsAre("7", "id-1", "unknown", "INTERNAL", "WEBEX_INTERNAL", "", "", "500"));
  EXPECT_THAT(CellsOf({.was_sent = false}), ElementsAre("7", "id-1", "not_sent", "", "", "", "", ""));
  EXPECT_THAT(CellsOf({.metadata = {.replayed = true}})[7], HasSubstr("on record"));
}

TEST(ResultsRow, IsSafeInASpreadsheetAndOnATerminal) {
  const CallError error = {.message = "=HYPERLINK(\"http://x\",\"a\")\n\x1b[2J", .reason = "@X"};
  const std::vector<std::string> cells =
      CellsOf({.workspace_id = "-1+2", .metadata = {.tracking_id = "+T"}, .error = error});
  EXPECT_EQ(cells[4], "'@X");
  EXPECT_EQ(cells[5], "'-1+2");
  EXPECT_EQ(cells[6], "'+T");
  EXPECT_EQ(cells[7], "'=HYPERLINK(\"http://x\",\"a\") \\u001b[2J");
}

TEST(RowsInOrder, WritesEachAsSoonAsThoseBeforeItAreThere) {
  std::vector<std::string> written;
  RowsInOrder rows([&](absl::string_view lines) {
    written.emplace_back(lines);
    return absl::OkStatus();
  });
  for (const auto& [number, row] : {std::pair(1, "b"), {2, "c"}, {0, "a"}, {4, "e"}, {3, "d"}}) {
    EXPECT_TRUE(rows.Add(static_cast<size_t>(number), row).ok());
  }
  EXPECT_THAT(written, ElementsAre("abc", "de"));
}

TEST(RowsInOrder, WritesNothingBehindAFailure) {
  int writes = 0;
  RowsInOrder rows([&](absl::string_view) {
    ++writes;
    return absl::UnknownError("full");
  });
  EXPECT_EQ(rows.Add(0, "a").message(), "full");
  EXPECT_EQ(rows.Add(1, "b").message(), "full");
  EXPECT_EQ(writes, 1);
}

TEST_F(ResultsFileTest, KeepsTheResultsOfEarlierRuns) {
  for (const char* content : {"first\n", "second\n", "third\n"}) {
    const auto file = ResultsFile::Create(Path());
    ASSERT_TRUE(file.ok()) << file.status();
    EXPECT_TRUE((*file)->Append(content).ok());
  }
  EXPECT_EQ(Content("results.csv.1"), ResultsHeader() + "first\n");
  EXPECT_EQ(Content("results.csv.2"), ResultsHeader() + "second\n");
  EXPECT_EQ(Content(), ResultsHeader() + "third\n");
}

TEST_F(ResultsFileTest, LeavesOthersFilesAlone) {
  for (const std::string& content : {std::string("userId\na@sp.com\n"), "x" + ResultsHeader()}) {
    Write(content);
    EXPECT_EQ(ResultsFile::Create(Path()).status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(Content(), content);
  }
  EXPECT_EQ(ResultsFile::Create("/dev/null").status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(ResultsFileTest, TakesOneThatWasEndedBeforeItsHeader) {
  Write("");
  const auto file = ResultsFile::Create(Path());
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ((*file)->moved_to(), Path("results.csv.1"));
}

TEST_F(ResultsFileTest, LeavesOneAloneThatAnotherIsWriting) {
  const auto file = ResultsFile::Create(Path());
  ASSERT_TRUE(file.ok());
  const absl::Status second = ResultsFile::Create(Path()).status();
  EXPECT_EQ(second.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(second.message(), HasSubstr("another webexctl batch"));
}

TEST_F(ResultsFileTest, SaysWhyItCannotBeMade) {
  EXPECT_THAT(ResultsFile::Create(Path("none/results.csv")).status().message(), HasSubstr("No such file"));
}

TEST_F(ResultsFileTest, TakesBackWhatIsNotWhole) {
  const auto file = ResultsFile::Create(Path());
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE((*file)->Append("first\n").ok());
  struct rlimit earlier;
  getrlimit(RLIMIT_FSIZE, &earlier);
  const struct rlimit limit = {ResultsHeader().size() + 9, earlier.rlim_max};
  const auto handler = signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &limit);
  const absl::Status status = (*file)->Append("second\n");
  setrlimit(RLIMIT_FSIZE, &earlier);
  signal(SIGXFSZ, handler);
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(Content(), ResultsHeader() + "first\n");
}

}  // namespace
}  // namespace webex_gateway::client
