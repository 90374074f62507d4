// What the kernel knows of a TCP connection, by its descriptor.
#pragma once

#include <cstdint>

#include "absl/time/time.h"

namespace webex_gateway {

// Neither has the peer closed it, nor is there anything to read.
bool IsQuiet(int socket);

// How long ago the peer's last byte came; of a connection that has received none, how long it has stood. Zero where the
// kernel does not say.
absl::Duration SinceLastReceived(int socket);

// Bytes that have come from the peer so far, of TLS those on the wire. Zero where the kernel does not say.
int64_t BytesReceived(int socket);

// Of them, those that nobody has read yet; of those that wait while the two are asked, some may be in this number
// alone.
int64_t BytesUnread(int socket);

// What is sent from now on and not acknowledged within `time` is given up, and the connection with it: the kernel
// repeats it no longer, not even for a process that is held up or has ended.
void GiveUpUnacknowledgedAfter(int socket, absl::Duration time);

// Tells it from every other socket that there was or will be. Zero where it is none.
uint64_t SocketId(int socket);

}  // namespace webex_gateway
