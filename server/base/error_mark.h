// The suffix of every error message on the wire, for clients that do not show the details.
#pragma once

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace webex_gateway {

// " [WEBEX_ANSWER_LOST, unknown]"
inline std::string ErrorMark(absl::string_view reason, absl::string_view outcome) {
  return absl::StrCat(" [", reason, ", ", outcome, "]");
}

}  // namespace webex_gateway
