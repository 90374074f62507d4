// What somebody meant by a name that there is not.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace webex_gateway {

// "; did you mean PREFIXname?", with the one of `known` that one or two letters make of `name`; empty where there is
// none.
std::string DidYouMean(absl::string_view name, const std::vector<std::string>& known, absl::string_view prefix = "");

}  // namespace webex_gateway
