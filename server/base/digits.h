// Numbers as settings have them.
#pragma once

#include <cstdint>
#include <optional>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"

namespace webex_gateway {

// A number from `least` to `most`, of digits only: absl::SimpleAtoi would also accept a sign and white space. Otherwise
// nothing.
inline std::optional<int64_t> ReadDigits(absl::string_view text, int64_t least, int64_t most) {
  int64_t number = 0;
  const bool is_number = absl::c_all_of(text, absl::ascii_isdigit) && absl::SimpleAtoi(text, &number);
  return is_number && number >= least && number <= most ? std::optional(number) : std::nullopt;
}

}  // namespace webex_gateway
