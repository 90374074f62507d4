#include "server/rpc/listening_socket.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "server/base/host_port.h"

namespace webex_gateway {
namespace {

constexpr mode_t kUnixMode = 0660;

absl::Status CannotListen(absl::string_view address, absl::string_view why) {
  return absl::UnavailableError(absl::StrCat("cannot listen on ", address, ": ", why));
}

absl::Status CannotListen(absl::string_view address, int error) {
  const absl::Status status = CannotListen(address, std::strerror(error));
  return error == EADDRINUSE ? absl::AlreadyExistsError(status.message()) : status;
}

ListeningSocket NewSocket(int family) {
  return ListeningSocket(socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

sockaddr_storage NameOf(int descriptor) {
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  getsockname(descriptor, reinterpret_cast<sockaddr*>(&name), &size);
  return name;
}

// 0, or the error.
int BindAndListen(const ListeningSocket& socket, const sockaddr* address, socklen_t size) {
  const int on = 1;
  // Otherwise a port would be unavailable for a minute after a restart. Two processes that listen at the same time are
  // refused nevertheless.
  setsockopt(socket.descriptor(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address->sa_family == AF_INET6) {
    const int off = 0;  // "[::]" means every address, including IPv4
    setsockopt(socket.descriptor(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  }
  if (bind(socket.descriptor(), address, size) != 0 || listen(socket.descriptor(), SOMAXCONN) != 0) return errno;
  return 0;
}

void SetPort(sockaddr* address, int port) {
  const in_port_t wire = htons(static_cast<in_port_t>(port));
  if (address->sa_family == AF_INET) reinterpret_cast<sockaddr_in*>(address)->sin_port = wire;
  if (address->sa_family == AF_INET6) reinterpret_cast<sockaddr_in6*>(address)->sin6_port = wire;
}

absl::StatusOr<std::vector<ListeningSocket>> ListenOnHost(const std::string& address) {
  const std::optional<HostPort> parts = SplitHostPort(address);
  if (!parts) return CannotListen(address, "no port");
  const addrinfo hints{.ai_flags = AI_PASSIVE | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
  addrinfo* found = nullptr;
  const int error = getaddrinfo(std::string(parts->host).c_str(), std::string(parts->port).c_str(), &hints, &found);
  if (error != 0) return CannotListen(address, gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
  std::vector<ListeningSocket> sockets;
  int failed = 0;
  for (addrinfo* each = found; each != nullptr; each = each->ai_next) {
    ListeningSocket socket = NewSocket(each->ai_family);
    if (!sockets.empty()) SetPort(each->ai_addr, sockets[0].port());  // one port for a name with several addresses
    const int failure = socket.descriptor() < 0 ? errno : BindAndListen(socket, each->ai_addr, each->ai_addrlen);
    if (failure == EADDRINUSE) return CannotListen(address, failure);
    if (failure == 0) {
      sockets.push_back(std::move(socket));
    } else {
      failed = failure;  // "localhost" may mean ::1 without IPv6
    }
  }
  if (sockets.empty()) return CannotListen(address, failed);
  return sockets;
}

// 0 if nothing is at the path any more; otherwise why it is not available. A socket that nobody serves is removed.
int ClearPath(const sockaddr_un& name) {
  struct stat file{};
  if (lstat(name.sun_path, &file) != 0) return errno == ENOENT ? 0 : errno;
  if (!S_ISSOCK(file.st_mode)) return EEXIST;
  const ListeningSocket probe = NewSocket(AF_UNIX);
  const bool connected = connect(probe.descriptor(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0;
  if (connected || errno != ECONNREFUSED) return EADDRINUSE;
  return unlink(name.sun_path) == 0 ? 0 : errno;
}

absl::StatusOr<std::vector<ListeningSocket>> ListenOnPath(const std::string& address, absl::string_view path) {
  sockaddr_un name{.sun_family = AF_UNIX, .sun_path = {}};
  if (path.size() >= sizeof name.sun_path) return CannotListen(address, ENAMETOOLONG);
  path.copy(name.sun_path, path.size());
  if (const int error = ClearPath(name); error != 0) return CannotListen(address, error);
  ListeningSocket socket = NewSocket(AF_UNIX);
  const auto* generic = reinterpret_cast<const sockaddr*>(&name);
  // Nobody can connect before listen(), so until then the umask may determine the mode.
  if (bind(socket.descriptor(), generic, sizeof name) != 0 || chmod(name.sun_path, kUnixMode) != 0 ||
      listen(socket.descriptor(), SOMAXCONN) != 0) {
    return CannotListen(address, errno);
  }
  std::vector<ListeningSocket> sockets;
  sockets.push_back(std::move(socket));
  return sockets;
}

}  // namespace

ListeningSocket::ListeningSocket(ListeningSocket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

ListeningSocket::~ListeningSocket() {
  if (descriptor_ < 0) return;
  const sockaddr_storage name = NameOf(descriptor_);
  close(descriptor_);
  if (name.ss_family != AF_UNIX) return;
  // Another gateway may use the path by now: its socket is left alone.
  ClearPath(reinterpret_cast<const sockaddr_un&>(name));
}

int ListeningSocket::port() const {
  const sockaddr_storage name = NameOf(descriptor_);
  if (name.ss_family == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in&>(name).sin_port);
  if (name.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6&>(name).sin6_port);
  return 1;
}

bool ListeningSocket::is_unix() const { return NameOf(descriptor_).ss_family == AF_UNIX; }

absl::StatusOr<std::vector<ListeningSocket>> Listen(const std::string& address) {
  absl::string_view path = address;
  return absl::ConsumePrefix(&path, "unix:") ? ListenOnPath(address, path) : ListenOnHost(address);
}

}  // namespace webex_gateway
