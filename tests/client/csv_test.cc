#include "client/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace webex_gateway::client {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Cells = std::vector<std::string>;

std::vector<CsvRow> Rows(absl::string_view text) {
  std::vector<CsvRow> rows;
  CsvReader reader(text);
  for (CsvRow row; reader.Next(row);) rows.push_back(row);
  return rows;
}

std::vector<Cells> CellsOf(absl::string_view text) {
  std::vector<Cells> cells;
  for (const CsvRow& row : Rows(text)) {
    EXPECT_EQ(row.fault, "");
    cells.push_back(row.cells);
  }
  return cells;
}

TEST(Csv, ReadsCellsWithAndWithoutQuotes) {
  EXPECT_THAT(CellsOf("a,b,c\n1,\"2, or \"\"two\"\"\",\n"),
              ElementsAre(Cells{"a", "b", "c"}, Cells{"1", "2, or \"two\"", ""}));
}

TEST(Csv, TakesAnyLineEndAndNoneBehindTheLastRow) {
  for (const char* text : {"a,b\n1,2\n", "a,b\r\n1,2\r\n", "a,b\r1,2\r", "a,b\n1,2"}) {
    EXPECT_THAT(CellsOf(text), ElementsAre(Cells{"a", "b"}, Cells{"1", "2"})) << text;
  }
}

TEST(Csv, CountsTheLineEndsWithinCells) {
  const std::vector<CsvRow> rows = Rows("a,b\r\n\"one\r\ntwo\nthree\",2\r\n\r\nlast,\"\"\n");
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[1].line, 2u);
  EXPECT_EQ(rows[1].cells[0], "one\r\ntwo\nthree");
  EXPECT_EQ(rows[2].line, 6u);
  EXPECT_THAT(rows[2].cells, ElementsAre("last", ""));
}

TEST(Csv, FindsTheSeparatorInTheFirstLine) {
  EXPECT_EQ(CsvReader("a,b;c,d\n").separator(), ',');
  EXPECT_EQ(CsvReader("a;b;c,d\n1,2,3,4,5").separator(), ';');
  EXPECT_EQ(CsvReader("a\tb\tc").separator(), '\t');
  EXPECT_EQ(CsvReader("\"a,b,c\";d\n").separator(), ';');
  EXPECT_EQ(CsvReader("alone\n").separator(), ',');
  EXPECT_EQ(CsvReader("\r\n\na;b\n").separator(), ';');
  EXPECT_EQ(CsvReader("").separator(), ',');
}

TEST(Csv, TakesExcelsWordForTheSeparator) {
  const std::vector<CsvRow> rows = Rows("sep=|\r\na|b,c\r\n");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].line, 2u);
  EXPECT_THAT(rows[0].cells, ElementsAre("a", "b,c"));
}

TEST(Csv, KeepsWhiteSpaceAndEmptyCells) {
  EXPECT_THAT(CellsOf(" a , \n,\n"), ElementsAre(Cells{" a ", " "}, Cells{"", ""}));
}

TEST(Csv, NamesWhatCannotBeReadAndGoesOnWithTheNextLine) {
  const std::vector<CsvRow> rows = Rows("a,b\n5\" pipe,x\n\"a\"b,c\ngood,1\n\"open,2\nmore\n");
  ASSERT_EQ(rows.size(), 5u);
  EXPECT_THAT(rows[1].fault, HasSubstr("a quote inside a cell"));
  EXPECT_THAT(rows[2].fault, HasSubstr("after a cell's closing quote"));
  EXPECT_EQ(rows[3].fault, "");
  EXPECT_THAT(rows[3].cells, ElementsAre("good", "1"));
  EXPECT_EQ(rows[4].line, 5u);
  EXPECT_THAT(rows[4].fault, HasSubstr("never closed"));
}

TEST(Csv, WritesWhatItReads) {
  const Cells cells = {"", "plain", "a,b", "a;b", "a\tb", "say \"hi\"", "two\r\nlines", "\"", " x "};
  EXPECT_THAT(CellsOf(CsvLine(cells)), ElementsAre(cells));
  EXPECT_EQ(CsvLine({"a", "b,c", "d\"e"}), "a,\"b,c\",\"d\"\"e\"\n");
}

TEST(Csv, NoCellIsAFormula) {
  for (const char* text : {"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"}) {
    EXPECT_EQ(NoFormula(text), absl::StrCat("'", text));
  }
  for (const char* text : {"", "a=1", "'", "1-2"}) EXPECT_EQ(NoFormula(text), text);
}

TEST(ToUtf8, TakesMarksOffAndReadsUtf16InEitherOrder) {
  const std::string expected = "a,\xc3\xbc,\xe2\x82\xac,\xf0\x9f\x98\x80";
  EXPECT_EQ(ToUtf8(expected).value(), expected);
  EXPECT_EQ(ToUtf8("\xef\xbb\xbf" + expected).value(), expected);
  const std::string little(
      "\xff\xfe"
      "a\0,\0\xfc\0,\0\xac\x20,\0\x3d\xd8\x00\xde",
      18);
  const std::string big(
      "\xfe\xff"
      "\0a\0,\0\xfc\0,\x20\xac\0,\xd8\x3d\xde\x00",
      18);
  EXPECT_EQ(ToUtf8(little).value(), expected);
  EXPECT_EQ(ToUtf8(big).value(), expected);
  EXPECT_EQ(ToUtf8("").value(), "");
}

TEST(ToUtf8, RefusesWhatIsNeither) {
  EXPECT_THAT(ToUtf8("M\xfcnchen").status().message(), HasSubstr("CSV UTF-8"));
  EXPECT_THAT(ToUtf8(std::string("\xff\xfe"
                                 "a\0b",
                                 5))
                  .status()
                  .message(),
              HasSubstr("broken UTF-16"));
  EXPECT_THAT(ToUtf8(std::string("\xff\xfe"
                                 "\x3d\xd8"
                                 "a\0",
                                 6))
                  .status()
                  .message(),
              HasSubstr("broken UTF-16"));
}

}  // namespace
}  // namespace webex_gateway::client
