#include "server/ops/json.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace webex_gateway {

std::string JsonText(absl::string_view text) {
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') json.push_back('\\');
    if (static_cast<unsigned char>(c) < 0x20) {
      absl::StrAppendFormat(&json, "\\u%04x", static_cast<int>(c));
    } else {
      json.push_back(c);
    }
  }
  json.push_back('"');
  return json;
}

// Milliseconds of a date still stand in 13 digits.
std::string JsonNumber(double number) { return std::isfinite(number) ? absl::StrFormat("%.13g", number) : "null"; }

}  // namespace webex_gateway
