// Characters that nobody sees: a terminal, a browser or a reader obeys them rather than shows them. In an id, or in
// words that come from outside, they could make one text look like another.
#pragma once

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace webex_gateway {

// How many bytes the character has that `text`, UTF-8, begins with, where it is such a one: a control character (C0,
// DEL, C1), a line or paragraph separator, or a format character (of direction, of no width, a byte order mark, a tag).
// 0: it is one to be seen, or `text` is empty.
size_t UnseenAtStart(absl::string_view text);

// Whether one of its characters is a control character: C0, DEL or C1. `text` is UTF-8.
bool HasControlCharacter(absl::string_view text);

// Appends that character as JSON would escape it: \u202e, a pair of these beyond U+FFFF.
void AppendEscape(absl::string_view unseen, std::string& out);

// `text` with all of them escaped, but those in `keep`, which is ASCII.
std::string EscapeUnseen(absl::string_view text, absl::string_view keep = "");

}  // namespace webex_gateway
