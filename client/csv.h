// CSV as in RFC 4180 and as spreadsheets write it: quoted cells may contain separators, line ends and doubled quotes;
// lines end with LF, CRLF or CR; cells are separated by commas, semicolons or tabs.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace webex_gateway::client {

// `bytes` as UTF-8 without a byte order mark. UTF-16, in either byte order, is recognised by its mark.
// INVALID_ARGUMENT, with a message for the user, if it is neither, or invalid.
absl::StatusOr<std::string> ToUtf8(std::string bytes);

struct CsvRow {
  size_t line = 0;  // where the row begins; the first is 1
  std::vector<std::string> cells{};
  std::string fault{};  // why the row cannot be read, for the user; then the cells are invalid
};

// Reads row by row, so that a file of any length takes only the memory of its text.
class CsvReader {
 public:
  // `text` is UTF-8 and must outlive the reader. The separator is whichever of , ; and tab is most frequent in the
  // first line, or the one that a first line "sep=;" (from Excel) names; that line is then not a row.
  explicit CsvReader(absl::string_view text);

  char separator() const { return separator_; }

  // Reads the next row that is not an empty line; false at the end. After a row with a fault, reading continues with
  // the next line.
  bool Next(CsvRow& row);

 private:
  bool AtLineEnd() const { return rest_.empty() || rest_[0] == '\n' || rest_[0] == '\r'; }
  void TakeLineEnd();
  void SkipLine();
  void SkipEmptyLines();
  std::string ReadCell(std::string& fault);
  std::string ReadQuotedCell(std::string& fault);

  absl::string_view rest_;
  char separator_ = ',';
  size_t line_ = 1;
};

// One line of CSV with its line end. Cells are quoted if necessary.
std::string CsvLine(const std::vector<std::string>& cells);

// `text` as a cell that no spreadsheet takes for a formula: with an apostrophe in front if it begins like one.
std::string NoFormula(absl::string_view text);

}  // namespace webex_gateway::client
