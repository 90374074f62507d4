// Keeps the memory of a process that holds tokens private.
#pragma once

namespace webex_gateway {

// From now on no core dump of this process is written, and no other process of the same user, except root's, can read
// its memory, its environment or its open files (PR_SET_DUMPABLE). Call it first in main(), before a secret is read. A
// debugger then needs root.
void KeepMemoryPrivate();

}  // namespace webex_gateway
