// Where callers connect: listening sockets, created here and not by gRPC, so that a unix socket has its mode before
// anyone can connect, no socket is taken away from a process that serves it, and an unavailable address is reported
// with the reason.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace webex_gateway {

// One listening socket; the destructor closes it, and removes a unix socket's file if that is still this socket's.
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

// Listens on `address`: "host:port" (port 0: any free one), on every address of the host name, or "unix:/path". A unix
// socket gets the mode 0660; a file that a dead process has left at its path is replaced. Errors name the address and
// the reason. ALREADY_EXISTS: another process listens there; UNAVAILABLE: any other error.
absl::StatusOr<std::vector<ListeningSocket>> Listen(const std::string& address);

}  // namespace webex_gateway
