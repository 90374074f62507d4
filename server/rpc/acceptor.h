// Accepts connections and hands them to gRPC. gRPC 1.51's own listener stops for good when it finds no free descriptor
// (CVE-2023-4785), and has no limit on connections; this one pauses and continues.
#pragma once

#include <functional>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "server/rpc/listening_socket.h"

namespace webex_gateway {

struct AcceptLimits {
  // A connection whose descriptor is not below this must wait until one below is free, and is closed if none becomes
  // free. Since the system returns the lowest free number, that many are open then; those above are reserved for Webex,
  // the ledger and the admin port.
  int max_descriptor = 0;
  // Ends a dispensable connection, so that its descriptor becomes free soon; false: there is none.
  std::function<bool()> make_room = [] { return false; };
  // Called for each connection that is closed because there is no room. Both are called on the acceptor's own thread.
  std::function<void()> refused = [] {};
  // After this many connections without a pause of a tenth of a second, the acceptor makes one: each new connection
  // costs a handshake, on the thread that serves the others.
  int max_burst = 100;
  // Bytes that the kernel buffers for a connection until they are read (it reserves twice as much). gRPC processes all
  // of them before it turns to other connections, which takes a second if they are megabytes of pings. Some 15 orders
  // fit.
  int receive_buffer = 32 << 10;
};

// Three quarters of the descriptors that the process may have, at most 6144: many connections, but a limited number.
int MaxDescriptorForCallers();

// Whether the process may have enough descriptors for its own work, which needs some twenty, and for callers.
absl::Status CheckDescriptors();
// Whether a caller's descriptor would be below MaxDescriptorForCallers, now that the process has opened its own.
absl::Status CheckRoomForCallers();

class Acceptor {
 public:
  // A socket, and the function that takes its connections; called on the acceptor's own thread with the descriptor,
  // which it then owns.
  struct Port {
    ListeningSocket socket;
    std::function<void(int descriptor)> take;
  };

  // Starts accepting at once.
  Acceptor(std::vector<Port> ports, AcceptLimits limits);
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;
  ~Acceptor();  // stops accepting and closes the sockets

 private:
  void Run();
  bool Accept(const Port& port);
  // The connection's new number below the bound; -1: there is no room, and it is closed.
  int FindRoom(int descriptor);
  void Rest();

  const std::vector<Port> ports_;
  const AcceptLimits limits_;
  const int stop_;  // readable once the acceptor must stop
  int taken_ = 0;   // connections in this burst; used by the thread only
  std::thread thread_;
};

}  // namespace webex_gateway
