// Where callers connect: sockets that listen, made here and not by gRPC, so that a unix socket has its mode before
// anyone can connect, none is taken away from a process that serves it, and what cannot be had is told with its reason.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace webex_gateway {

// One listening socket; closed at its end. The file of a unix socket goes with it, if it still is this socket's.
class ListeningSocket {
 public:
  explicit ListeningSocket(int descriptor) : descriptor_(descriptor) {}
  ListeningSocket(ListeningSocket&& other) noexcept;
  ListeningSocket& operator=(ListeningSocket&&) = delete;
  ~ListeningSocket();

  int descriptor() const { return descriptor_; }
  // 1 for a unix socket.
  int port() const;
  bool is_unix() const;

 private:
  int descriptor_;
};

// Listens on `address`: "host:port" (port 0: any free one), on every address that the host's name means, or
// "unix:/path". A unix socket gets the mode 0660; a file that a dead process has left at its path is replaced.
// Errors name the address and the reason. ALREADY_EXISTS: somebody listens there; UNAVAILABLE: any other.
absl::StatusOr<std::vector<ListeningSocket>> Listen(const std::string& address);

}  // namespace webex_gateway
