// A guard before protobuf's JSON parser, which takes time beyond all bounds for deeply nested arrays.
#pragma once

#include "absl/strings/string_view.h"

namespace webex_gateway {

// Whether `json` nests no deeper than any answer has reason to. Passes over text; says nothing else of its syntax, but
// that it refuses the apostrophes that protobuf would take for quotes.
bool IsShallowJson(absl::string_view json);

}  // namespace webex_gateway
