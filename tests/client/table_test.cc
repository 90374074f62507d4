#include "client/table.h"

#include <gtest/gtest.h>

namespace webex_gateway::client {
namespace {

const std::vector<Row> kRows = {
    {"ID", "USER", "ERROR"}, {"1", "\xC3\x9C@sp.com", "WEBEX_TIMEOUT"}, {"22", "", "odd\ntext"}};

TEST(Table, IsInColumnsAsWideAsTheirWidestCell) {
  EXPECT_EQ(Table(kRows),
            "ID  USER      ERROR\n"
            "1   \xC3\x9C@sp.com  WEBEX_TIMEOUT\n"
            "22  -         odd text\n");
  EXPECT_EQ(Table(kRows, 27), Table(kRows));
  EXPECT_EQ(Table({}), "");
}

TEST(Table, CutsTheLastCellThatFits) {
  EXPECT_EQ(Table(kRows, 24),
            "ID  USER      ERROR\n"
            "1   \xC3\x9C@sp.com  WEBEX_TIM\xE2\x80\xA6\n"
            "22  -         odd text\n");
}

TEST(Table, LeavesOutWhatIsTooNarrowToBeRead) {
  EXPECT_EQ(Table(kRows, 21),
            "ID  USER\n"
            "1   \xC3\x9C@sp.com\n"
            "22  -\n");
  EXPECT_EQ(Table(kRows, 3),
            "ID\n"
            "1\n"
            "22\n");
}

TEST(Table, CutsBetweenCharacters) {
  std::string cell;
  for (int i = 0; i < 12; ++i) cell += "\xC3\xBC";
  EXPECT_EQ(Table({{cell}}, 9), std::string(cell.substr(0, 16)) + "\xE2\x80\xA6\n");
}

}  // namespace
}  // namespace webex_gateway::client
