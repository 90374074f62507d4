// CSV as RFC 4180 has it and as spreadsheets write it: cells in quotes may hold separators, line ends and doubled
// quotes; lines end with LF, CRLF or CR; cells are separated by commas, semicolons or tabs.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace webex_gateway::client {

// `bytes` as UTF-8 without a byte order mark. UTF-16, in either order of its bytes, is known by its mark.
// INVALID_ARGUMENT, in words for the user, where it is neither, or broken.
absl::StatusOr<std::string> ToUtf8(std::string bytes);

struct CsvRow {
  size_t line = 0;  // where it begins; the first is 1
  std::vector<std::string> cells{};
  std::string fault{};  // why it cannot be read, in words for the user; the cells do not count then
};

// Reads row by row, so that a file of any length takes the memory of its text alone.
class CsvReader {
 public:
  // `text` is UTF-8 and must outlive the reader. The separator is the one of , ; and tab that the first line has most
  // of, or what a first line "sep=;" (Excel's) names, which is then no row.
  explicit CsvReader(absl::string_view text);

  char separator() const { return separator_; }

  // The next row that is not an empty line; false at the end. After a row with a fault it goes on with the next line.
  bool Next(CsvRow& row);

 private:
  bool AtLineEnd() const { return rest_.empty() || rest_[0] == '\n' || rest_[0] == '\r'; }
  void TakeLineEnd();
  void SkipLine();
  std::string ReadCell(std::string& fault);
  std::string ReadQuotedCell(std::string& fault);

  absl::string_view rest_;
  char separator_ = ',';
  size_t line_ = 1;
};

// One line of CSV with its line end. A cell is in quotes where it needs them.
std::string CsvLine(const std::vector<std::string>& cells);

// `text` as a cell that no spreadsheet takes for a formula: behind an apostrophe where it begins like one.
std::string NoFormula(absl::string_view text);

}  // namespace webex_gateway::client
