#include "client/workspace_export.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace webex_gateway::client {
namespace {

using Ids = std::set<std::string>;

absl::StatusOr<WorkspaceExport> ReadExport(absl::string_view text,
                                           const ExportColumns& columns = {"User ID", "Workspace ID"}) {
  return ReadExport(text, columns, {"ada@sp.com", "b"});
}

TEST(ReadExport, FindsTheWorkspacesOfUsersInAnyLetterCase) {
  const auto found =
      ReadExport("Name,USER ID ,workspace id\r\nx, Ada@SP.com,w1\r\n\"a \"\"b\"\"\nc\",ada@sp.com,w2\r\nx,c,w3\r\n");
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->rows, 3);
  EXPECT_EQ(found->workspaces.size(), 1u);
  EXPECT_EQ(found->workspaces.at("ada@sp.com"), (Ids{"w1", "w2"}));
}

TEST(ReadExport, TakesOtherHeadingsAndSeparators) {
  const auto found = ReadExport("id;BroadWorks\nw1;b\n;b\nw1;b\n;\n", {"broadworks", "ID"});
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->workspaces.at("b"), (Ids{"", "w1"}));
  EXPECT_EQ(found->workspaces.size(), 1u);
}

TEST(ReadExport, TakesNothingOfAFileThatCannotBeReadWhole) {
  const auto fault = [](absl::string_view text) { return std::string(ReadExport(text).status().message()); };
  EXPECT_EQ(fault(""), "it contains no line");
  EXPECT_EQ(fault("User ID,Workspace ID\n"), "it contains no workspace");
  EXPECT_EQ(fault("User,Workspace ID\nb,w1\n"), "line 1: there is no column 'User ID'; there are User, Workspace ID");
  EXPECT_EQ(fault("User ID,Name\nb,w1\n"), "line 1: there is no column 'Workspace ID'; there are User ID, Name");
  EXPECT_EQ(fault("User ID,Workspace ID\nb,w1\nada\n"), "line 3: it has too few cells");
  EXPECT_NE(fault("User ID,Workspace ID\nb,w1\n\"ada,w2\n").find("line 3: "), std::string::npos);
}

// As long as an export may be, and read in a time that this test may take.
TEST(ReadExport, KeepsOfALongFileOnlyWhoIsAskedFor) {
  std::string text = "User ID,Workspace ID\n";
  for (int i = 0; i < 100'000; ++i) absl::StrAppend(&text, i, "@sp.com,w", i, "\n");
  absl::StrAppend(&text, "b,w\n");
  const auto found = ReadExport(text);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->rows, 100'001);
  EXPECT_EQ(found->workspaces.size(), 1u);
}

}  // namespace
}  // namespace webex_gateway::client
