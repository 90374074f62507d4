#include "server/base/json.h"

#include <cmath>

#include "absl/strings/str_format.h"
#include "server/base/byte_set.h"
#include "server/base/unseen.h"
#include "server/base/utf8.h"

namespace webex_gateway {
namespace {

// All but printable ASCII may need an escape, so most characters do not.
constexpr ByteSet kMayNeedEscape([](unsigned char c) { return c < ' ' || c > '~' || c == '"' || c == '\\'; });

// Appends the first character of `text`; returns how many bytes it has.
size_t AppendFirst(absl::string_view text, std::string& json) {
  const size_t size = Utf8CharacterAtStart(text);
  if (size == 0) {
    json.push_back('?');
    return 1;
  }
  if (UnseenAtStart(text) > 0) {
    AppendEscape(text.substr(0, size), json);
    return size;
  }
  if (text[0] == '"' || text[0] == '\\') json.push_back('\\');
  json.append(text.data(), size);
  return size;
}

}  // namespace

void AppendJsonEscaped(absl::string_view text, std::string& json) {
  while (!text.empty()) {
    const size_t plain = kMayNeedEscape.FirstIn(text);
    json.append(text.data(), plain);
    text.remove_prefix(plain);
    if (!text.empty()) text.remove_prefix(AppendFirst(text, json));
  }
}

void AppendJsonText(absl::string_view text, std::string& json) {
  json.push_back('"');
  AppendJsonEscaped(text, json);
  json.push_back('"');
}

std::string JsonText(absl::string_view text) {
  std::string json;
  AppendJsonText(text, json);
  return json;
}

// A date in milliseconds still fits in 13 digits.
std::string JsonNumber(double number) { return std::isfinite(number) ? absl::StrFormat("%.13g", number) : "null"; }

}  // namespace webex_gateway
