// Suggests a known name for an unknown one.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace webex_gateway {

// "; did you mean PREFIXname?", with the one of `known` that differs from `name` in one or two letters; empty if there
// is none.
std::string DidYouMean(absl::string_view name, const std::vector<std::string>& known, absl::string_view prefix = "");

}  // namespace webex_gateway
