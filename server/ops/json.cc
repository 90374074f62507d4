#include "server/ops/json.h"

#include <cmath>

#include "absl/strings/str_format.h"
#include "google/protobuf/stubs/common.h"
#include "server/base/unseen.h"

namespace webex_gateway {
namespace {

// Appends the next of `text`, a byte or an unseen character; returns how many bytes it took.
size_t AppendNext(absl::string_view text, std::string& json) {
  if (const size_t unseen = UnseenAtStart(text); unseen > 0) {
    AppendEscape(text.substr(0, unseen), json);
    return unseen;
  }
  if (text[0] == '"' || text[0] == '\\') json.push_back('\\');
  json.push_back(text[0]);
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
