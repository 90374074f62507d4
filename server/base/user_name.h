// Names on BroadWorks (user ids, enterprises) as people and servers write them.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace webex_gateway {

// The same for names that letter case, outer white space and how an accented letter is put together (NFC, NFD) alone
// tell apart, in any script.
std::string FoldedName(absl::string_view name);

}  // namespace webex_gateway
