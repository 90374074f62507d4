#include "server/rpc/caller_watch.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "server/http/socket_state.h"

namespace webex_gateway {
namespace {

constexpr size_t kPiece = 1 << 20;

// Of what all connections may have, one with less than this part is no part of a flood.
constexpr int64_t kLittle = 16;

std::string NameOf(const in_addr& address, in_port_t port) {
  char text[INET_ADDRSTRLEN] = {};
  inet_ntop(AF_INET, &address, text, sizeof(text));
  return absl::StrCat("ipv4:", text, ":", ntohs(port));
}

// In a URI, brackets and the % before a scope are escaped.
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

// Empty if the peer is not a TCP peer, or has gone.
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

  std::optional<Bytes> Count(int descriptor, uint64_t id) override {
    const int64_t unread = BytesUnread(descriptor);
    const Bytes bytes{.taken = std::max<int64_t>(0, ReceivedOn(descriptor).bytes - unread), .unread = unread};
    if (SocketId(descriptor) != id) return std::nullopt;
    return bytes;
  }

  void End(int descriptor, uint64_t id) override {
    // Our own descriptor, since gRPC's could be reused between the check and the shutdown.
    const int held = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    if (held < 0) return;
    if (SocketId(held) == id) {
      shutdown(held, SHUT_RDWR);
      // Megabytes may wait in the kernel, which gRPC would still read.
      while (recv(held, nullptr, kPiece, MSG_TRUNC | MSG_DONTWAIT) > 0) {
      }
    }
    close(held);
  }
};

}  // namespace

std::unique_ptr<CallerSockets> CreateKernelSockets() { return std::make_unique<KernelCallerSockets>(); }

void CallerWatch::Add(int descriptor) {
  std::optional<CallerSockets::Caller> caller = sockets_->Identify(descriptor);
  if (!caller) return;
  connections_.push_back(
      {.descriptor = descriptor, .id = caller->id, .peer = std::move(caller->peer), .idle_since = looks_});
}

void CallerWatch::AccountFor(const std::string& peer, int64_t bytes) {
  const std::lock_guard lock(mutex_);
  activity_[peer].accounted += bytes;
}

void CallerWatch::CountAborted(const std::string& peer) {
  const std::lock_guard lock(mutex_);
  ++activity_[peer].aborted;
}

void CallerWatch::Condemn(const std::string& peer) {
  const std::lock_guard lock(mutex_);
  activity_[peer].condemned = true;
}

void CallerWatch::Begin(const std::string& peer) {
  const std::lock_guard lock(mutex_);
  ++activity_[peer].begun;
}

void CallerWatch::End(const std::string& peer) {
  const std::lock_guard lock(mutex_);
  ++activity_[peer].ended;
}

int CallerWatch::Look(const Patience& patience) {
  ReadAll();
  for (Connection& connection : connections_) {
    if (connection.aborted > max_aborted_) connection.condemned = true;
  }
  int ended = EndCondemned();
  CondemnHeaviestQuiet(patience);
  ended += EndCondemned();
  CondemnHeaviest(patience);
  return ended + EndCondemned();
}

int CallerWatch::EndPingers(int64_t pings) {
  for (Connection& connection : connections_) {
    const bool pinged = connection.taken_then && connection.taken - *connection.taken_then > pings;
    if (pinged && !connection.called_since) connection.condemned = true;
    connection.taken_then = connection.taken;
    connection.called_since = false;
  }
  return EndCondemned();
}

void CallerWatch::ReadAll() {
  ++looks_;
  std::map<std::string, Activity> activity;
  {
    const std::lock_guard lock(mutex_);
    activity.swap(activity_);
  }
  std::vector<Connection> live;
  for (Connection& connection : connections_) {
    const std::optional<CallerSockets::Bytes> bytes = sockets_->Count(connection.descriptor, connection.id);
    if (!bytes) continue;
    const Activity& mine = activity[connection.peer];
    connection.under_way = std::max(0, connection.under_way + mine.begun - mine.ended);
    const bool idle = connection.under_way == 0 && mine.begun == 0 && mine.accounted == 0;
    if (!idle) connection.idle_since = looks_;
    connection.called_since = connection.called_since || mine.accounted > 0;
    connection.aborted += mine.aborted;
    connection.condemned = connection.condemned || mine.condemned;
    // Bytes are accounted for after they were read; so a surplus must not cover bytes that are yet to come.
    const int64_t fresh = std::max<int64_t>(0, bytes->taken - connection.taken);
    connection.taken += fresh;
    connection.unread = bytes->unread;
    connection.unaccounted += fresh;
    connection.unaccounted = std::max<int64_t>(0, connection.unaccounted - mine.accounted);
    live.push_back(std::move(connection));
  }
  connections_ = std::move(live);
}

bool CallerWatch::EndLongestIdle() {
  ReadAll();
  auto idlest = connections_.end();
  for (auto each = connections_.begin(); each != connections_.end(); ++each) {
    if (each->under_way > 0) continue;
    if (idlest == connections_.end() || each->idle_since < idlest->idle_since) idlest = each;
  }
  if (idlest == connections_.end()) return false;
  sockets_->End(idlest->descriptor, idlest->id);
  connections_.erase(idlest);
  return true;
}

void CallerWatch::CondemnHeaviestQuiet(const Patience& patience) {
  std::vector<Weighed> quiet;
  for (Connection& connection : connections_) {
    if (IsQuiet(connection)) quiet.push_back({&connection, {true, connection.unaccounted + connection.unread}});
  }
  CondemnHeaviest(std::move(quiet), patience.of_quiet, patience.spared);
}

void CallerWatch::CondemnHeaviest(const Patience& patience) {
  std::vector<Weighed> all;
  for (Connection& connection : connections_) {
    const bool goes_first = IsQuiet(connection) && connection.unaccounted >= patience.of_all / kLittle;
    all.push_back({&connection, {goes_first, connection.unaccounted}});
  }
  CondemnHeaviest(std::move(all), patience.of_all, patience.spared);
}

void CallerWatch::CondemnHeaviest(std::vector<Weighed> connections, int64_t bound, int64_t spared) {
  int64_t sum = 0;
  for (const Weighed& each : connections) sum += each.weight.bytes;
  std::sort(connections.begin(), connections.end(),
            [](const Weighed& a, const Weighed& b) { return a.weight > b.weight; });
  for (const auto& [connection, weight] : connections) {
    if (sum <= bound) return;
    if (weight.bytes <= spared) continue;
    sum -= weight.bytes;
    connection->condemned = true;
  }
}

int CallerWatch::EndCondemned() {
  return static_cast<int>(std::erase_if(connections_, [this](const Connection& connection) {
    if (connection.condemned) sockets_->End(connection.descriptor, connection.id);
    return connection.condemned;
  }));
}

}  // namespace webex_gateway
