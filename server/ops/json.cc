#include "server/ops/json.h"

#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "google/protobuf/stubs/common.h"

namespace webex_gateway {
namespace {

// Appends one character of `text`, or two bytes of it; returns how many it took.
size_t AppendNext(absl::string_view text, std::string& json) {
  const auto c = static_cast<unsigned char>(text[0]);
  if (c == '"' || c == '\\') {
    absl::StrAppend(&json, "\\", text.substr(0, 1));
  } else if (absl::ascii_iscntrl(c)) {
    absl::StrAppend(&json, "\\u", absl::Hex(c, absl::kZeroPad4));
  } else if (c == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0) {  // U+0080 to U+009F
    absl::StrAppend(&json, "\\u", absl::Hex(static_cast<unsigned char>(text[1]), absl::kZeroPad4));
    return 2;
  } else {
    json.push_back(text[0]);
  }
  return 1;
}

}  // namespace

void AppendJsonEscaped(absl::string_view text, std::string& json) {
  std::string room(text.size(), '\0');
  const char* const valid =
      google::protobuf::internal::UTF8CoerceToStructurallyValid({text.data(), text.size()}, room.data(), '?');
  absl::string_view rest(valid, text.size());
  while (!rest.empty()) rest.remove_prefix(AppendNext(rest, json));
}

std::string JsonText(absl::string_view text) {
  std::string json = "\"";
  AppendJsonEscaped(text, json);
  json.push_back('"');
  return json;
}

// Milliseconds of a date still stand in 13 digits.
std::string JsonNumber(double number) { return std::isfinite(number) ? absl::StrFormat("%.13g", number) : "null"; }

}  // namespace webex_gateway
