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

std::string ShellWord(absl::string_view text) {
  const bool is_plain = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || absl::StrContains("_-.:@%+=/,", c);
  });
  if (is_plain) return std::string(text);
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"'", "'\\''"}}), "'");
}

}  // namespace webex_gateway::client
