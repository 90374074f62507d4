// An HTTP proxy for tests: it opens tunnels (CONNECT), all of them to one port of this machine. On loopback, any free
// port, with threads of its own.
#pragma once

#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace webex_gateway {

class TunnelProxy {
 public:
  // `answer` stands in place of "200 OK", where it is not empty; then there is no tunnel. "hang" is none at all.
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
  mutable std::mutex mutex_;  // guards what follows
  std::vector<std::string> requests_;
  std::vector<int> clients_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace webex_gateway
