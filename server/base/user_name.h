// Names on BroadWorks (user ids, enterprises) as people and servers write them.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace webex_gateway {

// The same for names that differ only in letter case, surrounding white space and the composition of accented letters
// (NFC, NFD), in any script.
std::string FoldedName(absl::string_view name);

}  // namespace webex_gateway
