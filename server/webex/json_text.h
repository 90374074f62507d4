// A guard before protobuf's JSON parser, which takes time beyond all bounds for deeply nested arrays.
#pragma once

#include <cstddef>

#include "absl/strings/string_view.h"

namespace webex_gateway {

// No answer has reason to be longer, and parsing takes the loop's time.
inline constexpr size_t kMaxJsonBytes = 64 << 10;

// Whether `json` nests no deeper than any answer has reason to. Passes over text; says nothing else of its syntax, but
// that it refuses the apostrophes that protobuf would take for quotes.
bool IsShallowJson(absl::string_view json);

}  // namespace webex_gateway
