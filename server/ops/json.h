// The little JSON that the admin port writes.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace webex_gateway {

// A JSON string, quotes included. `text` is UTF-8.
std::string JsonText(absl::string_view text);

// A JSON number; null for what is none (NaN, infinity).
std::string JsonNumber(double number);

}  // namespace webex_gateway
