#include "server/http/cpprest/arrivals.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace webex_gateway {

Arrivals::Arrivals() : list_(epoll_create1(EPOLL_CLOEXEC)) {}

Arrivals::~Arrivals() { close(list_); }

// Edge-triggered, the kernel looks at a connection only after an event on it. It lists the connection if it is ready
// for anything by then: when all that arrived has been read it can nearly always be written to, hence EPOLLOUT.
void Arrivals::Watch(int socket) {
  epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLET, .data = {.fd = socket}};
  if (epoll_ctl(list_, EPOLL_CTL_ADD, socket, &event) != 0 && errno != EEXIST) watches_all_ = false;
}

std::optional<absl::flat_hash_set<int>> Arrivals::Take() {
  if (!watches_all_) return std::nullopt;
  std::array<epoll_event, 256> events{};
  absl::flat_hash_set<int> sockets;
  while (true) {
    const int count = epoll_wait(list_, events.data(), events.size(), /*timeout=*/0);
    for (int i = 0; i < count; ++i) sockets.insert(events.at(i).data.fd);
    if (count < static_cast<int>(events.size())) return sockets;
  }
}

}  // namespace webex_gateway
