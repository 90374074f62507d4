// Checks whether bytes are valid UTF-8.
#pragma once

#include <cstddef>

#include "absl/strings/string_view.h"

namespace webex_gateway {

// The length in bytes of the first character of `text`; 0 if it is not valid by Unicode's rules: no surrogates, nothing
// beyond U+10FFFF, no overlong form.
size_t Utf8CharacterAtStart(absl::string_view text);

bool IsUtf8(absl::string_view text);

}  // namespace webex_gateway
