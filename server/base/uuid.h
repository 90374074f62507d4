#pragma once

#include <string>

#include "absl/random/bit_gen_ref.h"

namespace webex_gateway {

// A random UUID (version 4), 36 characters, lower case.
std::string NewUuid(absl::BitGenRef random);

}  // namespace webex_gateway
