#include "server/rpc/caller_watch.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "server/http/socket_state.h"

namespace webex_gateway {
namespace {

constexpr size_t kPiece = 1 << 20;

std::string NameOf(const in_addr& address, in_port_t port) {
  char text[INET_ADDRSTRLEN] = {};
  inet_ntop(AF_INET, &address, text, sizeof(text));
  return absl::StrCat("ipv4:", text, ":", ntohs(port));
}

// In a URI brackets and the % before a scope are escaped.
std::string NameOf(const sockaddr_in6& peer) {
  if (IN6_IS_ADDR_V4MAPPED(&peer.sin6_addr)) {
    in_addr address{};
    std::memcpy(&address, &peer.sin6_addr.s6_addr[12], sizeof(address));
    return NameOf(address, peer.sin6_port);
  }
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(AF_INET6, &peer.sin6_addr, text, sizeof(text));
  const std::string scope = peer.sin6_scope_id == 0 ? "" : absl::StrCat("%25", peer.sin6_scope_id);
  return absl::StrCat("ipv6:%5B", text, scope, "%5D:", ntohs(peer.sin6_port));
}

// Empty where the peer is none of TCP's, or has gone.
std::string PeerOf(int descriptor) {
  sockaddr_in6 peer{};
  socklen_t size = sizeof(peer);
  if (getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return "";
  if (peer.sin6_family == AF_INET6) return NameOf(peer);
  if (peer.sin6_family != AF_INET) return "";
  sockaddr_in ipv4{};
  std::memcpy(&ipv4, &peer, sizeof(ipv4));
  return NameOf(ipv4.sin_addr, ipv4.sin_port);
}

class KernelCallerSockets : public CallerSockets {
 public:
  std::optional<Caller> Identify(int descriptor) override {
    Caller caller{SocketId(descriptor), PeerOf(descriptor)};
    if (caller.id == 0 || caller.peer.empty()) return std::nullopt;
    return caller;
  }

  std::optional<int64_t> Received(int descriptor, uint64_t id) override {
    const int64_t bytes = BytesReceived(descriptor);
    if (SocketId(descriptor) != id) return std::nullopt;
    return bytes;
  }

  void End(int descriptor, uint64_t id) override {
    // A descriptor of our own, since theirs could become another's between the question and the deed.
    const int held = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    if (held < 0) return;
    if (SocketId(held) == id) {
      shutdown(held, SHUT_RDWR);
      // Megabytes may wait in the kernel, which gRPC would read yet.
      while (recv(held, nullptr, kPiece, MSG_TRUNC | MSG_DONTWAIT) > 0) {
      }
    }
    close(held);
  }
};

}  // namespace

std::unique_ptr<CallerSockets> KernelSockets() { return std::make_unique<KernelCallerSockets>(); }

void CallerWatch::Add(int descriptor) {
  std::optional<CallerSockets::Caller> caller = sockets_->Identify(descriptor);
  if (!caller) return;
  connections_.push_back({.descriptor = descriptor, .id = caller->id, .peer = std::move(caller->peer)});
}

void CallerWatch::Explain(const std::string& peer, int64_t bytes) {
  const std::lock_guard lock(mutex_);
  deeds_[peer].explained += bytes;
}

void CallerWatch::CountVain(const std::string& peer) {
  const std::lock_guard lock(mutex_);
  ++deeds_[peer].vain;
}

template <typename Predicate>
int CallerWatch::EndThose(Predicate is_bad) {
  return static_cast<int>(std::erase_if(connections_, [this, &is_bad](const Connection& connection) {
    if (!is_bad(connection)) return false;
    sockets_->End(connection.descriptor, connection.id);
    return true;
  }));
}

int CallerWatch::Look(int64_t bound) {
  ReadAll();
  const int vain = EndThose([this](const Connection& connection) { return connection.vain > max_vain_; });
  return vain + EndThoseBeyond(bound);
}

int CallerWatch::EndPingers(int64_t pings) {
  const int ended = EndThose([pings](const Connection& connection) {
    return !connection.called_since && connection.received_then &&
           connection.received - *connection.received_then > pings;
  });
  for (Connection& connection : connections_) {
    connection.received_then = connection.received;
    connection.called_since = false;
  }
  return ended;
}

void CallerWatch::ReadAll() {
  std::map<std::string, Deeds> deeds;
  {
    const std::lock_guard lock(mutex_);
    deeds.swap(deeds_);
  }
  std::vector<Connection> live;
  for (Connection& connection : connections_) {
    const std::optional<int64_t> received = sockets_->Received(connection.descriptor, connection.id);
    if (!received) continue;
    const Deeds& mine = deeds[connection.peer];
    connection.idle = mine.explained == 0;
    connection.called_since = connection.called_since || !connection.idle;
    connection.vain += mine.vain;
    // What is explained was received before; so what is more than that explains nothing that is yet to come.
    connection.unexplained += *received - std::exchange(connection.received, *received);
    connection.unexplained = std::max<int64_t>(0, connection.unexplained - mine.explained);
    live.push_back(std::move(connection));
  }
  connections_ = std::move(live);
}

int CallerWatch::EndThoseBeyond(int64_t bound) {
  int64_t sum = 0;
  for (const Connection& connection : connections_) sum += connection.unexplained;
  if (sum <= bound) return 0;
  const auto rank = [this](const Connection& connection) {
    return std::tuple(connection.unexplained > spared_, connection.idle, connection.unexplained);
  };
  std::sort(connections_.begin(), connections_.end(),
            [&rank](const Connection& a, const Connection& b) { return rank(a) < rank(b); });
  int ended = 0;
  for (; sum > bound && connections_.back().unexplained > spared_; ++ended, connections_.pop_back()) {
    const Connection& worst = connections_.back();
    sum -= worst.unexplained;
    sockets_->End(worst.descriptor, worst.id);
  }
  return ended;
}

}  // namespace webex_gateway
