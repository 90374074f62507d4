// A client that sends and receives plain bytes, for tests of the wire format.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace webex_gateway::sandbox {

// A blocking client. Waits are bounded, so that a silent server fails the test instead of blocking it.
class RawClient {
 public:
  explicit RawClient(int port) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval patience{20, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient() { close(fd_); }

  void Send(absl::string_view bytes) {
    EXPECT_EQ(send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }

  // Whether the other side still accepts data: false soon after it has ended the connection.
  bool IsTaken(absl::string_view bytes) {
    return send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT) >= 0 || errno == EAGAIN;
  }

  // Everything up to and including `end`, or up to the end of the connection.
  std::string ReadUntil(absl::string_view end) {
    std::string text;
    char byte = 0;
    while (text.size() < end.size() || absl::string_view(text).substr(text.size() - end.size()) != end) {
      if (Read(byte) <= 0) break;
      text.push_back(byte);
    }
    return text;
  }

  // Everything up to the end of the connection, whose kind is then in how_it_ended().
  std::string ReadAll() {
    std::string text;
    char byte = 0;
    while (Read(byte) > 0) text.push_back(byte);
    return text;
  }

  // "fin", "rst", "open" (nothing arrived for too long).
  std::string how_it_ended() const { return how_; }

  void Shutdown() { shutdown(fd_, SHUT_WR); }

 private:
  ssize_t Read(char& byte) {
    const ssize_t size = recv(fd_, &byte, 1, 0);
    if (size <= 0) how_ = size == 0 ? "fin" : errno == ECONNRESET ? "rst" : "open";
    return size;
  }

  int fd_;
  std::string how_;
};

}  // namespace webex_gateway::sandbox
