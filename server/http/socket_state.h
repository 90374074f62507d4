// What the kernel knows about a TCP connection, and how it sends on it, by its descriptor.
#pragma once

#include <cstdint>

#include "absl/time/time.h"

namespace webex_gateway {

// The peer has not closed it, and there is nothing to read.
bool IsQuiet(int socket);

struct Received {
  absl::Duration ago;  // since the peer's last byte arrived; for a connection that has received none, its age
  int64_t bytes = 0;   // from the peer so far; with TLS, those on the wire
};
// Zeros if not known.
Received ReceivedOn(int socket);

// How many of those bytes have not been read yet; bytes that arrive between the two queries may be only in this number.
int64_t BytesUnread(int socket);

// Data sent from now on and not acknowledged within `time` is given up, and the connection with it: the kernel stops
// repeating it, even for a process that is suspended or has ended.
void GiveUpUnacknowledgedAfter(int socket, absl::Duration time);

// From now on the kernel waits for a whole segment before it sends (some 0.2 s; longer on a slow path), so that what is
// written in parts leaves together. Or, with `hold` false, it sends at once again, and what it held back, too.
void HoldBack(int socket, bool hold);

// Distinguishes it from every other socket, past or future. Zero if it is not a socket.
uint64_t SocketId(int socket);

}  // namespace webex_gateway
