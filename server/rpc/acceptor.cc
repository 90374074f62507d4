#include "server/rpc/acceptor.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"

namespace webex_gateway {
namespace {

constexpr int kRestMilliseconds = 100;
// How long to wait until the descriptor of a closed connection is free.
constexpr int kLooksForRoom = 20;
constexpr int kLookForRoomMilliseconds = 5;
// A caller that accepts no data for this long is given up, whether it is dead or only does not read.
constexpr unsigned kSilentMilliseconds = 20'000;

// The gateway's own work needs twenty to thirty, and a quarter is kept free of callers.
constexpr rlim_t kLeastDescriptors = 64;

rlim_t DescriptorLimit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

// Reset or closed while it waited to be accepted, whatever its caller had sent by then.
bool HasGone(int descriptor) {
  pollfd state{descriptor, POLLRDHUP, 0};
  return poll(&state, 1, 0) > 0;
}

void Prepare(int descriptor, int receive_buffer) {
  setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  const int on = 1;
  // On a unix socket these fail, which does no harm.
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &kSilentMilliseconds, sizeof kSilentMilliseconds);
}

}  // namespace

int MaxDescriptorForCallers() { return static_cast<int>(std::min<rlim_t>(DescriptorLimit() / 4 * 3, 6144)); }

absl::Status CheckDescriptors() {
  const rlim_t limit = DescriptorLimit();
  if (limit >= kLeastDescriptors) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("the limit on open files (ulimit -n) is ", limit, ", and must be ", kLeastDescriptors, " or more"));
}

absl::Status CheckRoomForCallers() {
  const int next = eventfd(0, EFD_CLOEXEC);
  if (next >= 0) close(next);
  if (next >= 0 && next < MaxDescriptorForCallers()) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("the limit on open files (ulimit -n), ", DescriptorLimit(), ", leaves no room for callers"));
}

Acceptor::Acceptor(std::vector<Port> ports, AcceptLimits limits)
    : ports_(std::move(ports)), limits_(limits), stop_(eventfd(0, EFD_CLOEXEC)), thread_([this] { Run(); }) {}

Acceptor::~Acceptor() {
  eventfd_write(stop_, 1);
  thread_.join();
  close(stop_);
}

void Acceptor::Run() {
  std::vector<pollfd> waiting = {{stop_, POLLIN, 0}};
  for (const Port& port : ports_) waiting.push_back({port.socket.descriptor(), POLLIN, 0});
  for (;;) {
    if (poll(waiting.data(), waiting.size(), taken_ > 0 ? kRestMilliseconds : -1) <= 0) {
      taken_ = 0;
      continue;
    }
    if (waiting[0].revents != 0) return;
    bool room = taken_ < limits_.max_burst;
    for (size_t i = 1; room && i < waiting.size(); ++i) {
      if (waiting[i].revents != 0) room = Accept(ports_[i - 1]);
    }
    if (!room) Rest();
  }
}

// False: there was no room for the connection.
bool Acceptor::Accept(const Port& port) {
  int descriptor = accept4(port.socket.descriptor(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (descriptor < 0) {
    // Other errors concern only this connection: for example, it was closed.
    return errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM;
  }
  if (HasGone(descriptor)) {
    close(descriptor);
    return true;
  }
  descriptor = FindRoom(descriptor);
  if (descriptor < 0) return false;
  Prepare(descriptor, limits_.receive_buffer);
  port.take(descriptor);
  ++taken_;
  return true;
}

int Acceptor::FindRoom(int descriptor) {
  if (descriptor < limits_.max_descriptor) return descriptor;
  int lower = -1;
  if (limits_.make_room()) {
    for (int i = 0; i < kLooksForRoom && lower < 0; ++i) {
      poll(nullptr, 0, kLookForRoomMilliseconds);  // gRPC closes the connections that were ended
      lower = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
      if (lower >= 0 && lower < limits_.max_descriptor) break;
      if (lower >= 0) close(std::exchange(lower, -1));
    }
  }
  if (lower < 0) limits_.refused();
  close(descriptor);
  return lower;
}

void Acceptor::Rest() {
  pollfd stop{stop_, POLLIN, 0};
  poll(&stop, 1, kRestMilliseconds);
  taken_ = 0;
}

}  // namespace webex_gateway
