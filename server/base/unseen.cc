#include "server/base/unseen.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/byte_set.h"

namespace webex_gateway {
namespace {

struct Range {
  uint32_t first;
  uint32_t last;
};

// Beyond ASCII. Visible format characters (signs above Arabic numbers, for example) are not included.
constexpr Range kUnseen[] = {
    {0x80, 0x9F},        // C1 controls
    {0xAD, 0xAD},        // soft hyphen
    {0x61C, 0x61C},      // Arabic letter mark
    {0x180E, 0x180E},    // Mongolian vowel separator
    {0x200B, 0x200F},    // zero-width, joiners, direction marks
    {0x2028, 0x202E},    // separators, direction embeddings and overrides
    {0x2060, 0x206F},    // zero-width, direction isolates
    {0xFEFF, 0xFEFF},    // byte order mark
    {0xFFF9, 0xFFFB},    // annotations
    {0x1D173, 0x1D17A},  // musical
    {0xE0000, 0xE0FFF},  // tags
};

// In UTF-8, C1 controls (U+0080 to U+009F) are C2 80 to C2 9F.
constexpr char kBeforeC1 = '\xC2';
constexpr ByteSet kMayBeControl([](unsigned char c) { return c < ' ' || c == 0x7F || c == 0xC2; });

// The first character of `text`, which has `length` bytes; `text` is UTF-8.
uint32_t PointAt(absl::string_view text, size_t length) {
  uint32_t point = static_cast<unsigned char>(text[0]) & (0x7FU >> length);
  for (size_t i = 1; i < length; ++i) point = point << 6 | (static_cast<unsigned char>(text[i]) & 0x3FU);
  return point;
}

size_t LengthFrom(unsigned char lead) {
  if (lead < 0xC0) return 1;
  if (lead < 0xE0) return 2;
  return lead < 0xF0 ? 3 : 4;
}

void AppendUnit(uint32_t unit, std::string& out) { absl::StrAppend(&out, "\\u", absl::Hex(unit, absl::kZeroPad4)); }

}  // namespace

size_t UnseenAtStart(absl::string_view text) {
  if (text.empty()) return 0;
  const auto lead = static_cast<unsigned char>(text[0]);
  const size_t length = LengthFrom(lead);
  if (length == 1) return absl::ascii_iscntrl(lead) ? 1 : 0;
  if (length > text.size()) return 0;
  const uint32_t point = PointAt(text, length);
  const bool unseen = std::any_of(std::begin(kUnseen), std::end(kUnseen),
                                  [point](const Range& range) { return point >= range.first && point <= range.last; });
  return unseen ? length : 0;
}

bool HasControlCharacter(absl::string_view text) {
  while (true) {
    text.remove_prefix(kMayBeControl.FirstIn(text));
    if (text.empty()) return false;
    if (text[0] != kBeforeC1) return true;
    if (text.size() > 1 && static_cast<unsigned char>(text[1]) < 0xA0) return true;
    text.remove_prefix(1);
  }
}

void AppendEscape(absl::string_view unseen, std::string& out) {
  const uint32_t point = unseen.size() == 1 ? static_cast<unsigned char>(unseen[0]) : PointAt(unseen, unseen.size());
  if (point < 0x10000) return AppendUnit(point, out);
  AppendUnit(0xD800 + ((point - 0x10000) >> 10), out);
  AppendUnit(0xDC00 + ((point - 0x10000) & 0x3FF), out);
}

std::string EscapeUnseen(absl::string_view text, absl::string_view keep) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const size_t unseen = absl::StrContains(keep, text[0]) ? 0 : UnseenAtStart(text);
    if (unseen > 0) {
      AppendEscape(text.substr(0, unseen), out);
    } else {
      out.push_back(text[0]);
    }
    text.remove_prefix(std::max<size_t>(unseen, 1));
  }
  return out;
}

}  // namespace webex_gateway
