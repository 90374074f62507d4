#include "tests/server/testing/scripted_server.h"

#include <arpa/inet.h>
#include <linux/tcp.h>  // glibc's own tcp_info lacks the counts of segments
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace webex_gateway {
namespace {

constexpr char kEndOfHeaders[] = "\r\n\r\n";

constexpr absl::Duration kForEver = absl::Hours(24);

}  // namespace

// ---- ScriptedConnection

ScriptedConnection::~ScriptedConnection() { SSL_free(tls_); }

bool ScriptedConnection::Write(const std::string& bytes) {
  if (bytes.empty()) return true;
  if (tls_ != nullptr) return SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size())) > 0;
  return send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

void ScriptedConnection::HalfClose() { shutdown(socket_, SHUT_WR); }

void ScriptedConnection::CloseNotify() {
  if (tls_ != nullptr && SSL_is_init_finished(tls_)) SSL_shutdown(tls_);
}

void ScriptedConnection::Reset() {
  const linger hard{1, 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
}

std::string ScriptedConnection::ReadSome(size_t most) {
  std::string bytes(most, '\0');
  const int size = static_cast<int>(most);
  const auto got = tls_ != nullptr ? SSL_read(tls_, bytes.data(), size) : recv(socket_, bytes.data(), most, 0);
  bytes.resize(static_cast<size_t>(std::max<ssize_t>(got, 0)));
  return bytes;
}

bool ScriptedConnection::AwaitBytes(absl::Duration patience) {
  if (!unread_.empty() || (tls_ != nullptr && SSL_pending(tls_) > 0)) return true;
  pollfd socket{socket_, POLLIN, 0};
  if (poll(&socket, 1, static_cast<int>(absl::ToInt64Milliseconds(patience))) != 1) return false;
  char byte = 0;
  return recv(socket_, &byte, 1, MSG_PEEK) == 1;
}

void ScriptedConnection::AwaitLastByte() {
  std::string bytes(16 << 10, '\0');
  while (recv(socket_, bytes.data(), bytes.size(), 0) > 0) {
  }
}

void ScriptedConnection::BeginHandshake() {
  BIO* in = BIO_new(BIO_s_mem());
  BIO* out = BIO_new(BIO_s_mem());
  SSL_set_bio(tls_, in, out);
  while (BIO_pending(out) == 0) {
    std::string hello(16 << 10, '\0');
    const ssize_t got = recv(socket_, hello.data(), hello.size(), 0);
    if (got <= 0) return;
    BIO_write(in, hello.data(), static_cast<int>(got));
    SSL_accept(tls_);
  }
  std::string flight(static_cast<size_t>(BIO_pending(out)), '\0');
  BIO_read(out, flight.data(), static_cast<int>(flight.size()));
  (void)!send(socket_, flight.data(), flight.size() / 2, MSG_NOSIGNAL);
}

std::string ScriptedConnection::ReadHeaders() {
  size_t end = std::string::npos;
  while ((end = unread_.find(kEndOfHeaders)) == std::string::npos) {
    const std::string some = ReadSome();
    if (some.empty()) return "";
    unread_ += some;
  }
  std::string headers = unread_.substr(0, end + 4);
  unread_.erase(0, end + 4);
  return headers;
}

bool ScriptedConnection::ReadBody(const std::string& headers) {
  const std::string lower = absl::AsciiStrToLower(headers);
  const size_t at = lower.find("content-length:");
  size_t length = 0;
  if (at != std::string::npos) (void)absl::SimpleAtoi(lower.substr(at + 15, lower.find('\r', at) - at - 15), &length);
  while (unread_.size() < length) {
    const std::string some = ReadSome();
    if (some.empty()) return false;
    unread_ += some;
  }
  unread_.erase(0, length);
  return true;
}

void ScriptedConnection::AwaitClose() {
  while (!ReadSome().empty()) {
  }
}

void ScriptedConnection::Stall() {
  pollfd socket{socket_, POLLRDHUP, 0};
  poll(&socket, 1, -1);
}

int64_t ScriptedConnection::segments() const {
  tcp_info info{};
  socklen_t size = sizeof info;
  getsockopt(socket_, IPPROTO_TCP, TCP_INFO, &info, &size);
  return info.tcpi_data_segs_in;
}

std::string ScriptedConnection::server_name() const {
  const char* name = SSL_get_servername(tls_, TLSEXT_NAMETYPE_host_name);
  return name == nullptr ? "" : name;
}

bool ScriptedConnection::resumed() const { return SSL_session_reused(tls_) == 1; }

// ---- Actions. The headers have been read; each action reads the body unless its name says otherwise.

ScriptedServer::Action ScriptedServer::Answer(std::string bytes) {
  return [bytes = std::move(bytes)](ScriptedConnection& connection, const std::string&) {
    connection.Write(bytes);
    return true;
  };
}

ScriptedServer::Action ScriptedServer::AnswerAndClose(std::string bytes) {
  return [bytes = std::move(bytes)](ScriptedConnection& connection, const std::string&) {
    connection.Write(bytes);
    return false;
  };
}

ScriptedServer::Action ScriptedServer::ResetAfterBody() {
  return [](ScriptedConnection& connection, const std::string&) {
    connection.Reset();
    return false;
  };
}

ScriptedServer::Action ScriptedServer::Hang() {
  return [](ScriptedConnection& connection, const std::string&) {
    connection.AwaitClose();
    return false;
  };
}

std::string ScriptedServer::Ok(const std::string& body) {
  return absl::StrCat("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ", body.size(), "\r\n\r\n",
                      body);
}

void ScriptedServer::EndOrderly(ScriptedConnection& connection) {
  connection.CloseNotify();
  connection.HalfClose();
  connection.AwaitClose();
}

// ---- ScriptedServer

ScriptedServer::ScriptedServer(bool tls, const std::string& tls_host)
    : certificate_(tls ? std::make_optional<TestCertificate>(tls_host) : std::nullopt),
      patience_ns_(absl::ToInt64Nanoseconds(kForEver)) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  if (tls) {
    tls_ = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate_file(tls_, certificate_->certificate_file().c_str(), SSL_FILETYPE_PEM);
    SSL_CTX_use_PrivateKey_file(tls_, certificate_->key_file().c_str(), SSL_FILETYPE_PEM);
  }
  listener_ = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
  listen(listener_, 64);
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

ScriptedServer::~ScriptedServer() {
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  close(listener_);
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(mutex_);
    for (const int open : sockets_) shutdown(open, SHUT_RDWR);
    threads.swap(threads_);
  }
  for (std::thread& thread : threads) thread.join();
  SSL_CTX_free(tls_);
}

void ScriptedServer::Next(Action action) {
  const std::lock_guard lock(mutex_);
  actions_.push_back(std::move(action));
}

void ScriptedServer::BreakOff(Point point, Ending ending) {
  const std::lock_guard lock(mutex_);
  endings_.emplace_back(point, std::move(ending));
}

void ScriptedServer::AwaitBreaks(int count) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return breaks_ >= count; });
}

void ScriptedServer::AwaitNoConnection() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return sockets_.empty(); });
}

void ScriptedServer::AwaitWholeRequests(int count) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return whole_ >= count; });
}

void ScriptedServer::DemandCertificates(int latest_version) {
  SSL_CTX_set_max_proto_version(tls_, latest_version);
  SSL_CTX_set_verify(tls_, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
}

void ScriptedServer::Accept() {
  for (;;) {
    const int accepted = accept(listener_, nullptr, nullptr);
    if (accepted < 0) return;
    ++connections_;
    const std::lock_guard lock(mutex_);
    sockets_.push_back(accepted);
    threads_.emplace_back([this, accepted] { Serve(accepted); });
  }
}

ScriptedServer::Action ScriptedServer::TakeAction() {
  const std::lock_guard lock(mutex_);
  if (actions_.empty()) return Answer(Ok("{}"));
  Action action = std::move(actions_.front());
  actions_.pop_front();
  return action;
}

ScriptedServer::Ending ScriptedServer::TakeEnding(Point point) {
  const std::lock_guard lock(mutex_);
  if (endings_.empty() || endings_.front().first != point) return nullptr;
  Ending ending = std::move(endings_.front().second);
  endings_.pop_front();
  return ending;
}

bool ScriptedServer::BrokenOff(Point point, ScriptedConnection& connection) {
  const Ending ending = TakeEnding(point);
  if (!ending) return false;
  if (point == Point::kInHandshake) connection.BeginHandshake();
  if (point == Point::kInHeaders) connection.ReadSome(20);
  if (point == Point::kInBody && connection.unread_.empty()) connection.ReadSome(1);
  {
    const std::lock_guard lock(mutex_);
    ++breaks_;
    changed_.notify_all();
  }
  ending(connection);
  return true;
}

void ScriptedServer::Serve(int socket) {
  {
    ScriptedConnection connection(socket, tls_ == nullptr ? nullptr : SSL_new(tls_));
    bool goes_on = Open(connection);
    while (goes_on) goes_on = ServeOne(connection);
  }
  const std::lock_guard lock(mutex_);
  sockets_.erase(std::find(sockets_.begin(), sockets_.end(), socket));
  close(socket);
  changed_.notify_all();
}

bool ScriptedServer::Open(ScriptedConnection& connection) {
  if (BrokenOff(Point::kAccepted, connection)) return false;
  if (connection.tls_ == nullptr) return true;
  if (BrokenOff(Point::kInHandshake, connection)) return false;
  before_handshake_();
  SSL_set_fd(connection.tls_, connection.socket_);
  if (break_handshakes_) return false;
  if (SSL_accept(connection.tls_) == 1) return true;
  connection.AwaitLastByte();  // otherwise unread bytes would cause a reset before the alert
  return false;
}

void ScriptedServer::BufferOnly(int bytes) { setsockopt(listener_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes); }

bool ScriptedServer::ServeOne(ScriptedConnection& connection) {
  if (!connection.AwaitBytes(absl::Nanoseconds(patience_ns_.load()))) return false;
  if (BrokenOff(Point::kBeforeRequest, connection) || BrokenOff(Point::kInHeaders, connection)) return false;
  const std::string headers = connection.ReadHeaders();
  if (headers.empty()) return false;
  ++requests_;
  if (BrokenOff(Point::kInBody, connection)) return false;
  if (!connection.ReadBody(headers)) return false;
  const Action action = TakeAction();
  {
    const std::lock_guard lock(mutex_);
    ++whole_;
    changed_.notify_all();
  }
  return action(connection, headers);
}

}  // namespace webex_gateway
