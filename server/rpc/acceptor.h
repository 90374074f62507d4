// Takes connections in, and hands them to gRPC. gRPC 1.51's own listener stops for good when it finds no free
// descriptor (CVE-2023-4785), and knows no bound on connections; this one rests, and goes on.
#pragma once

#include <functional>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "server/rpc/listening_socket.h"

namespace webex_gateway {

struct AcceptLimits {
  // A connection whose descriptor is not below this has to wait until one below is free, and is closed if none becomes
  // so. Since the system gives the lowest free number, that many are open then; those above are left for Webex, the
  // ledger and the admin port.
  int max_descriptor = 0;
  // Ends a connection that can be spared, so that its descriptor becomes free soon; false: there is none.
  std::function<bool()> make_room = [] { return false; };
  // Told of each that is closed for want of room. Both are called on the acceptor's own thread.
  std::function<void()> refused = [] {};
  // So many without a quiet tenth of a second in between, then one is made: each new connection costs a handshake, on
  // the thread that serves the others.
  int max_burst = 100;
  // Bytes that the kernel keeps of a connection until they are read (it takes twice as much for them). gRPC works on
  // all of them before it turns to the others, for a second where they are megabytes of pings. Some 15 orders fit.
  int receive_buffer = 32 << 10;
};

// Three quarters of the descriptors that the process may have, at most 6144: connections are many, but not without end.
int MaxDescriptorForCallers();

// Whether the process may have enough descriptors for its own work, which needs some twenty, and for callers.
absl::Status CheckDescriptors();
// Whether a caller's would be below MaxDescriptorForCallers, now that the process has opened its own.
absl::Status CheckRoomForCallers();

class Acceptor {
 public:
  // A socket, and who takes the connections to it; called on the acceptor's own thread with the descriptor, which is
  // theirs from then on.
  struct Port {
    ListeningSocket socket;
    std::function<void(int descriptor)> take;
  };

  // Begins at once.
  Acceptor(std::vector<Port> ports, AcceptLimits limits);
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;
  ~Acceptor();  // no connection is taken any more, and the sockets are closed

 private:
  void Run();
  bool Accept(const Port& port);
  // The number below the bound that the connection has now; -1: there is no room, and it is closed.
  int FindRoom(int descriptor);
  void Rest();

  const std::vector<Port> ports_;
  const AcceptLimits limits_;
  const int stop_;  // readable once the end has come
  int taken_ = 0;   // in this burst; the thread's
  std::thread thread_;
};

}  // namespace webex_gateway
