// Webex's ids of workspaces, which layers pass on that know nothing else of them.
#pragma once

#include <cstddef>

namespace webex_gateway {

// As the contract has it; an id that is cut is none.
inline constexpr size_t kMaxWorkspaceIdBytes = 256;

}  // namespace webex_gateway
