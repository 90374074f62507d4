// Whether bytes are UTF-8.
#pragma once

#include <cstddef>

#include "absl/strings/string_view.h"

namespace webex_gateway {

// How many bytes the character has that `text` begins with; 0 where none begins so, by Unicode's rules: no surrogates,
// nothing beyond U+10FFFF, no longer form than needed.
size_t Utf8CharacterAtStart(absl::string_view text);

bool IsUtf8(absl::string_view text);

}  // namespace webex_gateway
