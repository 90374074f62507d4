#pragma once

#include <optional>
#include <string>

#include "absl/random/bit_gen_ref.h"
#include "absl/strings/string_view.h"

namespace webex_gateway {

// A random UUID (version 4), 36 characters, lower case.
std::string NewUuid(absl::BitGenRef random);

// `text` is 32 hexadecimal digits, in any letter case, in the groups 8-4-4-4-12.
bool IsUuid(absl::string_view text);

// The 16 bytes of a UUID; nothing if `text` is not a UUID.
std::optional<std::string> UuidToBytes(absl::string_view text);

// The 36 characters, lower case, of 16 bytes.
std::string UuidFromBytes(absl::string_view bytes);

}  // namespace webex_gateway
