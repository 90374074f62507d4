#include "server/http/socket_state.h"

#include <linux/sockios.h>
#include <linux/tcp.h>  // glibc's own tcp_info lacks the counts of bytes
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>

namespace webex_gateway {

bool IsQuiet(int socket) {
  char byte = 0;
  return recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

Received ReceivedOn(int socket) {
  tcp_info info{};
  socklen_t size = sizeof(info);
  if (getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return {};
  return {absl::Milliseconds(info.tcpi_last_data_recv), static_cast<int64_t>(info.tcpi_bytes_received)};
}

int64_t BytesUnread(int socket) {
  int bytes = 0;
  return ioctl(socket, SIOCINQ, &bytes) == 0 ? bytes : 0;
}

void GiveUpUnacknowledgedAfter(int socket, absl::Duration time) {
  const auto milliseconds = static_cast<unsigned>(absl::ToInt64Milliseconds(time));
  setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof(milliseconds));
}

void HoldBack(int socket, bool hold) {
  const int on = hold ? 1 : 0;
  setsockopt(socket, IPPROTO_TCP, TCP_CORK, &on, sizeof(on));
}

uint64_t SocketId(int socket) {
  uint64_t id = 0;
  socklen_t size = sizeof(id);
  return getsockopt(socket, SOL_SOCKET, SO_COOKIE, &id, &size) == 0 ? id : 0;
}

}  // namespace webex_gateway
