// The only use of a hash here: to check whether something is the same as before without storing it.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace webex_gateway {

// SHA-256 of `data`, 32 bytes.
std::string Sha256(absl::string_view data);

// The same as 64 lower-case hexadecimal digits.
std::string Sha256Hex(absl::string_view data);

}  // namespace webex_gateway
