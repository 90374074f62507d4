#include "client/table.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "client/text.h"

namespace webex_gateway::client {
namespace {

constexpr size_t kBetween = 2;
constexpr size_t kLeastShown = 8;        // of a truncated cell
constexpr char kCut[] = "\xE2\x80\xA6";  // an ellipsis

bool BeginsCharacter(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

size_t WidthOf(absl::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), BeginsCharacter));
}

std::string CutTo(const std::string& cell, size_t width) {
  if (WidthOf(cell) <= width) return cell;
  size_t end = 0;
  for (size_t taken = 0; taken < width; ++end) taken += BeginsCharacter(cell[end]) ? 1 : 0;
  return absl::StrCat(cell.substr(0, end - 1), kCut);
}

std::vector<size_t> WidthsOf(const std::vector<Row>& rows) {
  std::vector<size_t> widths(rows[0].size(), 0);
  for (const Row& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], WidthOf(row[i]));
  }
  return widths;
}

// Omits columns that do not fit.
void Fit(std::vector<size_t>& widths, size_t columns) {
  size_t begin = 0;
  for (size_t i = 0; i < widths.size(); ++i) {
    if (begin + widths[i] > columns) {
      const bool is_cut = begin + kLeastShown <= columns;
      if (is_cut) widths[i] = columns - begin;
      return widths.resize(is_cut ? i + 1 : i);
    }
    begin += widths[i] + kBetween;
  }
}

}  // namespace

std::string Table(std::vector<Row> rows, size_t columns) {
  if (rows.empty()) return "";
  for (Row& row : rows) {
    for (std::string& cell : row) cell = cell.empty() ? "-" : Printable(cell);
  }
  std::vector<size_t> widths = WidthsOf(rows);
  if (columns > 0) Fit(widths, columns);
  std::string table;
  for (const Row& row : rows) {
    for (size_t i = 0; i < widths.size(); ++i) {
      const std::string cell = CutTo(row[i], widths[i]);
      const bool is_last = i + 1 == widths.size();
      absl::StrAppend(&table, cell, is_last ? "\n" : std::string(widths[i] - WidthOf(cell) + kBetween, ' '));
    }
  }
  return table;
}

}  // namespace webex_gateway::client
