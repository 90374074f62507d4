// Writes JSON without protobuf: to Webex, on the admin port, in the log.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace webex_gateway {

// Appends the content of a JSON string, without quotes. Bytes of `text` that are not valid UTF-8 become question marks,
// and invisible characters (server/base/unseen.h) are escaped.
void AppendJsonEscaped(absl::string_view text, std::string& json);

// Appends a JSON string, including quotes.
void AppendJsonText(absl::string_view text, std::string& json);

// A JSON string, including quotes.
std::string JsonText(absl::string_view text);

// A JSON number; null for NaN and infinity.
std::string JsonNumber(double number);

}  // namespace webex_gateway
