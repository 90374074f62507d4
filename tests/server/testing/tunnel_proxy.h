// An HTTP proxy for tests: it opens tunnels (CONNECT), all of them to one port of this machine. On loopback, any free
// port, with its own threads.
#pragma once

#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace webex_gateway {

class TunnelProxy {
 public:
  // `answer` replaces "200 OK" if it is not empty; then there is no tunnel. "hang": no answer at all.
  explicit TunnelProxy(int to_port, std::string answer = "");
  ~TunnelProxy();

  int port() const { return port_; }
  // The first lines of the requests so far.
  std::vector<std::string> requests() const;

 private:
  void Accept();
  void Serve(int client);

  const int to_port_;
  const std::string answer_;
  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;  // guards the members below
  std::vector<std::string> requests_;
  std::vector<int> clients_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace webex_gateway
