// Invisible characters: a terminal or a browser obeys them rather than showing them. In an id, or in a text from
// outside, they could make one text look like another.
#pragma once

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace webex_gateway {

// The length in bytes of the first character of `text` (UTF-8) if it is invisible: a control character (C0, DEL, C1), a
// line or paragraph separator, or a format character (direction, zero width, byte order mark, tag). 0: it is visible,
// or `text` is empty.
size_t UnseenAtStart(absl::string_view text);

// Whether `text` (UTF-8) contains a control character: C0, DEL or C1.
bool HasControlCharacter(absl::string_view text);

// Appends the first character as JSON escapes it: \u202e, or two of these beyond U+FFFF.
void AppendEscape(absl::string_view unseen, std::string& out);

// `text` with all invisible characters escaped, except those in `keep`, which is ASCII.
std::string EscapeUnseen(absl::string_view text, absl::string_view keep = "");

}  // namespace webex_gateway
