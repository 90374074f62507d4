// Protects the moment between the check that a request may leave and the kernel's copy of its last bytes.
#pragma once

#include "server/base/clock.h"

namespace webex_gateway {

// A thread that is held up in that moment (SIGSTOP, a frozen container, a suspended host) continues there, however much
// later. So before the check it sets a timer of the kernel's, whose signal it handles before it continues: the handler
// disconnects the socket, and the bytes do not leave. It cannot help a thread that is held up within the kernel.
//
// All of these are for the loop's thread.

// Call it once, before the others. Throws std::system_error if the kernel has no timer for it.
void PrepareSendGuard();

// From now on `socket` is disconnected once `until` has passed.
void GuardSend(int socket, BootClock::time_point until);

// The kernel has the bytes, or nothing is sent.
void EndGuard();

}  // namespace webex_gateway
