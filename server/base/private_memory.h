// The memory of a process that holds tokens is nobody else's.
#pragma once

namespace webex_gateway {

// No core is written of this process, and no other process of the same user, root's aside, reads its memory, its
// environment or its open files (PR_SET_DUMPABLE). First of all in main(), before a secret is read. A debugger needs
// root from then on.
void KeepMemoryPrivate();

}  // namespace webex_gateway
