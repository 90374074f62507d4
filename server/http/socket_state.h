// What the kernel knows about a TCP connection, by its descriptor.
#pragma once

#include <cstdint>

#include "absl/time/time.h"

namespace webex_gateway {

// The peer has not closed it, and there is nothing to read.
bool IsQuiet(int socket);

// How long ago the peer's last byte arrived; for a connection that has received none, its age. Zero if not known.
absl::Duration SinceLastReceived(int socket);

// Bytes received from the peer so far; with TLS, those on the wire. Zero if not known.
int64_t BytesReceived(int socket);

// Those of them that have not been read yet; bytes that arrive between the two queries may be only in this number.
int64_t BytesUnread(int socket);

// Data sent from now on and not acknowledged within `time` is given up, and the connection with it: the kernel stops
// repeating it, even for a process that is suspended or has ended.
void GiveUpUnacknowledgedAfter(int socket, absl::Duration time);

// Distinguishes it from every other socket, past or future. Zero if it is not a socket.
uint64_t SocketId(int socket);

}  // namespace webex_gateway
