#include "client/csv.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "client/text.h"
#include "server/base/utf8.h"

namespace webex_gateway::client {
namespace {

constexpr char kSeparators[] = {',', ';', '\t'};

void AppendUtf8(uint32_t point, std::string& out) {
  if (point < 0x80) {
    out.push_back(static_cast<char>(point));
    return;
  }
  int more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
  constexpr uint32_t kLead[] = {0, 0xc0, 0xe0, 0xf0};
  out.push_back(static_cast<char>(kLead[more] | point >> (6 * more)));
  while (more-- > 0) out.push_back(static_cast<char>(0x80 | (point >> (6 * more) & 0x3f)));
}

// Decodes `bytes` without their byte order mark, in its order. Half a pair becomes a surrogate, which is not valid
// UTF-8.
std::string FromUtf16(absl::string_view bytes, bool little_endian) {
  const auto unit = [&](size_t i) {
    const auto first = static_cast<uint8_t>(bytes[i]);
    const auto second = static_cast<uint8_t>(bytes[i + 1]);
    return static_cast<uint32_t>(little_endian ? second << 8 | first : first << 8 | second);
  };
  std::string out;
  out.reserve(bytes.size());
  for (size_t i = 0; i + 1 < bytes.size(); i += 2) {
    uint32_t point = unit(i);
    const bool is_high = point >= 0xd800 && point < 0xdc00 && i + 3 < bytes.size();
    const uint32_t low = is_high ? unit(i + 2) : 0;
    if (low >= 0xdc00 && low < 0xe000) {
      point = 0x10000 + ((point - 0xd800) << 10 | (low - 0xdc00));
      i += 2;
    }
    AppendUtf8(point, out);
  }
  return out;
}

// The text before the first line end outside quotes.
absl::string_view FirstLine(absl::string_view text) {
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (!quoted && (text[i] == '\n' || text[i] == '\r')) return text.substr(0, i);
  }
  return text;
}

char SeparatorOf(absl::string_view line) {
  size_t best = 0;
  char separator = ',';
  for (const char candidate : kSeparators) {
    bool quoted = false;
    size_t count = 0;
    for (const char c : line) {
      if (c == '"') quoted = !quoted;
      if (!quoted && c == candidate) ++count;
    }
    if (count > best) separator = candidate;
    best = std::max(best, count);
  }
  return separator;
}

}  // namespace

absl::StatusOr<std::string> ToUtf8(std::string bytes) {
  const bool little = absl::StartsWith(bytes, "\xff\xfe");
  if (little || absl::StartsWith(bytes, "\xfe\xff")) {
    const bool whole = bytes.size() % 2 == 0;
    bytes = FromUtf16(absl::string_view(bytes).substr(2), little);
    if (!whole || !IsUtf8(bytes)) return absl::InvalidArgumentError("broken UTF-16");
    return bytes;
  }
  if (absl::StartsWith(bytes, "\xef\xbb\xbf")) bytes.erase(0, 3);
  if (IsUtf8(bytes)) return bytes;
  return absl::InvalidArgumentError("neither UTF-8 nor UTF-16; in Excel, save it as 'CSV UTF-8'");
}

CsvReader::CsvReader(absl::string_view text) : rest_(text) {
  SkipEmptyLines();
  const absl::string_view first = FirstLine(rest_);
  if (first.size() == 5 && absl::StartsWithIgnoreCase(first, "sep=")) {
    separator_ = first[4];
    SkipLine();
  } else {
    separator_ = SeparatorOf(first);
  }
}

void CsvReader::SkipEmptyLines() {
  while (!rest_.empty() && AtLineEnd()) TakeLineEnd();
}

bool CsvReader::Next(CsvRow& row) {
  SkipEmptyLines();
  row.line = line_;
  row.cells.clear();
  row.fault.clear();
  if (rest_.empty()) return false;
  for (;;) {
    row.cells.push_back(ReadCell(row.fault));
    if (!row.fault.empty() || AtLineEnd()) break;
    rest_.remove_prefix(1);
  }
  SkipLine();
  return true;
}

// CRLF counts as one.
void CsvReader::TakeLineEnd() {
  rest_.remove_prefix(absl::StartsWith(rest_, "\r\n") ? 2 : 1);
  ++line_;
}

void CsvReader::SkipLine() {
  while (!AtLineEnd()) rest_.remove_prefix(1);
  if (!rest_.empty()) TakeLineEnd();
}

// Leaves what follows the cell: a separator or the line's end.
std::string CsvReader::ReadCell(std::string& fault) {
  if (absl::StartsWith(rest_, "\"")) return ReadQuotedCell(fault);
  const char ends[] = {separator_, '\n', '\r'};
  const absl::string_view cell = rest_.substr(0, rest_.find_first_of(absl::string_view(ends, sizeof(ends))));
  if (absl::StrContains(cell, '"')) fault = "a quote inside a cell without quotes around it";
  rest_.remove_prefix(cell.size());
  return std::string(cell);
}

std::string CsvReader::ReadQuotedCell(std::string& fault) {
  std::string cell;
  rest_.remove_prefix(1);
  while (!rest_.empty()) {
    if (rest_[0] == '"' && !absl::StartsWith(rest_, "\"\"")) {
      rest_.remove_prefix(1);
      if (!AtLineEnd() && rest_[0] != separator_) fault = "text after a cell's closing quote";
      return cell;
    }
    const absl::string_view before = rest_;
    if (AtLineEnd()) {
      TakeLineEnd();
    } else {
      rest_.remove_prefix(rest_[0] == '"' ? 2 : 1);
    }
    cell.append(before.data(), before[0] == '"' ? 1 : before.size() - rest_.size());
  }
  fault = "a quote that is never closed";
  return cell;
}

std::string CsvLine(const std::vector<std::string>& cells) {
  std::string line;
  for (const std::string& cell : cells) {
    if (&cell != cells.data()) line.push_back(',');
    const bool plain = cell.find_first_of(",;\t\"\r\n") == std::string::npos;
    absl::StrAppend(&line, plain ? cell : absl::StrCat("\"", absl::StrReplaceAll(cell, {{"\"", "\"\""}}), "\""));
  }
  line.push_back('\n');
  return line;
}

std::string NoFormula(absl::string_view text) {
  const bool like_formula = !text.empty() && absl::string_view("=+-@\t\r\n").find(text[0]) != absl::string_view::npos;
  return absl::StrCat(like_formula ? "'" : "", text);
}

}  // namespace webex_gateway::client
