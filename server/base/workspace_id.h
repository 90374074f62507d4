// Webex's workspace ids, for layers that pass them on and know nothing else about them.
#pragma once

#include <cstddef>

namespace webex_gateway {

// As in the contract; a truncated id would be useless.
inline constexpr size_t kMaxWorkspaceIdBytes = 256;

}  // namespace webex_gateway
