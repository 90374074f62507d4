#include "client/text.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/base/unseen.h"
#include "server/base/utf8.h"

namespace webex_gateway::client {
std::string Printable(absl::string_view text) {
  const bool utf8 = IsUtf8(text);
  std::string line(text);
  for (char& c : line) {
    if (absl::ascii_isspace(static_cast<unsigned char>(c))) c = ' ';
    if (static_cast<uint8_t>(c) >= 0x80 && !utf8) c = '?';
  }
  return EscapeUnseen(line);
}

std::string ForPeople(absl::Duration wait) {
  if (wait >= absl::InfiniteDuration()) return "forever";
  if (wait <= absl::Milliseconds(999))
    return absl::StrCat(absl::ToInt64Milliseconds(absl::Ceil(wait, absl::Milliseconds(1))), " ms");
  const int64_t tenths = absl::ToInt64Milliseconds(absl::Ceil(wait, absl::Milliseconds(100))) / 100;
  if (tenths < 100 && tenths % 10 != 0) return absl::StrCat(tenths / 10, ".", tenths % 10, " s");
  const int64_t seconds = absl::ToInt64Seconds(absl::Ceil(wait, absl::Seconds(1)));
  if (seconds < 60) return absl::StrCat(seconds, " s");
  if (seconds < 3600) {
    const int64_t minutes = seconds / 60;
    return absl::StrCat(minutes, " min", seconds % 60 == 0 ? "" : absl::StrCat(" ", seconds % 60, " s"));
  }
  const int64_t minutes = (seconds + 59) / 60;
  return absl::StrCat(minutes / 60, " h", minutes % 60 == 0 ? "" : absl::StrCat(" ", minutes % 60, " min"));
}

std::string ShellWord(absl::string_view text) {
  const bool is_plain = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || absl::StrContains("_-.:@%+=/,", c);
  });
  if (is_plain) return std::string(text);
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"'", "'\\''"}}), "'");
}

}  // namespace webex_gateway::client
