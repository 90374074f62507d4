#include "tests/server/testing/scripted_server.h"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace webex_gateway {
namespace {

constexpr char kEndOfHeaders[] = "\r\n\r\n";

// A key and a certificate for `host` signed with it, the certificate also as a file in a temporary directory.
void MakeCertificate(SSL_CTX* context, const std::string& host, std::string& file) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("test"), -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  const bool address = absl::ascii_isdigit(static_cast<unsigned char>(host.front()));
  const std::string names = absl::StrCat(address ? "IP:" : "DNS:", host);
  X509_EXTENSION* alternative = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
  X509_add_ext(certificate, alternative, -1);
  X509_EXTENSION_free(alternative);
  X509_sign(certificate, key, EVP_sha256());
  SSL_CTX_use_certificate(context, certificate);
  SSL_CTX_use_PrivateKey(context, key);

  std::string path = "/tmp/scripted_server_XXXXXX";
  std::FILE* out = fdopen(mkstemp(path.data()), "w");
  PEM_write_X509(out, certificate);
  std::fclose(out);
  file = path;
  X509_free(certificate);
  EVP_PKEY_free(key);
}

}  // namespace

// ---- ScriptedConnection

ScriptedConnection::~ScriptedConnection() { SSL_free(tls_); }

void ScriptedConnection::Write(const std::string& bytes) {
  if (bytes.empty()) return;
  const int size = static_cast<int>(bytes.size());
  if (tls_ != nullptr) {
    SSL_write(tls_, bytes.data(), size);
  } else {
    (void)!send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
}

void ScriptedConnection::HalfClose() { shutdown(socket_, SHUT_WR); }

void ScriptedConnection::Reset() {
  const linger hard{1, 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
}

std::string ScriptedConnection::ReadSome() {
  std::string bytes(16 << 10, '\0');
  const int size = static_cast<int>(bytes.size());
  const auto got = tls_ != nullptr ? SSL_read(tls_, bytes.data(), size) : recv(socket_, bytes.data(), bytes.size(), 0);
  bytes.resize(static_cast<size_t>(std::max<ssize_t>(got, 0)));
  return bytes;
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

std::string ScriptedConnection::ReadBody(const std::string& headers) {
  const std::string lower = absl::AsciiStrToLower(headers);
  const size_t at = lower.find("content-length:");
  size_t length = 0;
  if (at != std::string::npos) (void)absl::SimpleAtoi(lower.substr(at + 15, lower.find('\r', at) - at - 15), &length);
  while (unread_.size() < length) {
    const std::string some = ReadSome();
    if (some.empty()) return "";
    unread_ += some;
  }
  std::string body = unread_.substr(0, length);
  unread_.erase(0, length);
  return body;
}

void ScriptedConnection::AwaitClose() {
  while (!ReadSome().empty()) {
  }
}

// ---- Actions. Each has the headers already, and reads the body unless its name says otherwise.

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

// ---- ScriptedServer

ScriptedServer::ScriptedServer(bool tls, const std::string& tls_host) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  if (tls) {
    tls_ = SSL_CTX_new(TLS_server_method());
    MakeCertificate(tls_, tls_host, certificate_file_);
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
    const absl::MutexLock lock(&mutex_);
    for (const int open : sockets_) shutdown(open, SHUT_RDWR);
    threads.swap(threads_);
  }
  for (std::thread& thread : threads) thread.join();
  SSL_CTX_free(tls_);
  if (!certificate_file_.empty()) unlink(certificate_file_.c_str());
}

void ScriptedServer::Next(Action action) {
  const absl::MutexLock lock(&mutex_);
  actions_.push_back(std::move(action));
}

void ScriptedServer::AwaitWholeRequests(int count) {
  const auto enough = [this, count] { return whole_ >= count; };
  const absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(&enough));
}

void ScriptedServer::Accept() {
  for (;;) {
    const int accepted = accept(listener_, nullptr, nullptr);
    if (accepted < 0) return;
    ++connections_;
    const absl::MutexLock lock(&mutex_);
    sockets_.push_back(accepted);
    threads_.emplace_back([this, accepted] { Serve(accepted); });
  }
}

ScriptedServer::Action ScriptedServer::TakeAction() {
  const absl::MutexLock lock(&mutex_);
  if (actions_.empty()) return Answer(Ok("{}"));
  Action action = std::move(actions_.front());
  actions_.pop_front();
  return action;
}

void ScriptedServer::Serve(int socket) {
  {
    SSL* tls = tls_ == nullptr ? nullptr : SSL_new(tls_);
    ScriptedConnection connection(socket, tls);
    if (tls != nullptr) SSL_set_fd(tls, socket);
    bool open = tls == nullptr || (!break_handshakes_ && SSL_accept(tls) == 1);
    while (open) {
      const std::string headers = connection.ReadHeaders();
      if (headers.empty()) break;
      ++requests_;
      if (connection.ReadBody(headers).empty()) break;  // tests send a body with each request
      const Action action = TakeAction();
      {
        const absl::MutexLock lock(&mutex_);
        ++whole_;
      }
      open = action(connection, headers);
    }
  }
  const absl::MutexLock lock(&mutex_);
  sockets_.erase(std::find(sockets_.begin(), sockets_.end(), socket));
  close(socket);
}

}  // namespace webex_gateway
