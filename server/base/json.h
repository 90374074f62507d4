// JSON as it is written by hand: to Webex, on the admin port, in the log.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace webex_gateway {

// Appends what a JSON string holds between its quotes. Bytes of `text` that are no UTF-8 become question marks, and
// what nobody sees (server/base/unseen.h) is escaped.
void AppendJsonEscaped(absl::string_view text, std::string& json);

// Appends a JSON string, quotes included.
void AppendJsonText(absl::string_view text, std::string& json);

// A JSON string, quotes included.
std::string JsonText(absl::string_view text);

// A JSON number; null for what is none (NaN, infinity).
std::string JsonNumber(double number);

}  // namespace webex_gateway
