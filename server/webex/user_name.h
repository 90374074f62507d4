// Webex's user ids as people and servers write them.
#pragma once

#include "absl/strings/string_view.h"

namespace webex_gateway {

// Whether both name one user: letter case, the outer white space and how an accented letter is put together (NFC, NFD)
// make no difference, in any script.
bool IsSameUser(absl::string_view one, absl::string_view other);

}  // namespace webex_gateway
