#include "tests/server/testing/tunnel_proxy.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/match.h"

namespace webex_gateway {
namespace {

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

void Say(int socket, const std::string& bytes) { (void)!send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL); }

// Forwards data until either side ends.
void Relay(int one, int other) {
  for (;;) {
    pollfd sides[] = {{one, POLLIN, 0}, {other, POLLIN, 0}};
    poll(sides, 2, -1);
    for (const auto& [from, to] : {std::pair{0, 1}, std::pair{1, 0}}) {
      if (sides[from].revents == 0) continue;
      char bytes[4096];
      const ssize_t got = recv(sides[from].fd, bytes, sizeof bytes, 0);
      if (got <= 0) return;
      Say(sides[to].fd, std::string(bytes, static_cast<size_t>(got)));
    }
  }
}

}  // namespace

TunnelProxy::TunnelProxy(int to_port, std::string answer) : to_port_(to_port), answer_(std::move(answer)) {
  listener_ = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof address;
  bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
  listen(listener_, 64);
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

TunnelProxy::~TunnelProxy() {
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  close(listener_);
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(mutex_);
    for (const int client : clients_) shutdown(client, SHUT_RDWR);
    threads.swap(threads_);
  }
  for (std::thread& thread : threads) thread.join();
  for (const int client : clients_) close(client);
}

std::vector<std::string> TunnelProxy::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void TunnelProxy::Accept() {
  for (;;) {
    const int client = accept(listener_, nullptr, nullptr);
    if (client < 0) return;
    const std::lock_guard lock(mutex_);
    clients_.push_back(client);
    threads_.emplace_back([this, client] { Serve(client); });
  }
}

void TunnelProxy::Serve(int client) {
  std::string request;
  while (!absl::StrContains(request, "\r\n\r\n")) {
    char byte = 0;
    if (recv(client, &byte, 1, 0) != 1) return;
    request += byte;
  }
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request.substr(0, request.find('\r')));
  }
  if (answer_ == "hang") return;
  Say(client, answer_.empty() ? "HTTP/1.1 200 OK\r\n\r\n" : answer_);
  if (!answer_.empty()) return;
  const int server = socket(AF_INET, SOCK_STREAM, 0);
  const sockaddr_in address = Loopback(to_port_);
  if (connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) Relay(client, server);
  shutdown(client, SHUT_RDWR);
  close(server);
}

}  // namespace webex_gateway
