#include "server/rpc/handshake_watch.h"

#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <mutex>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/seldom.h"
#include "server/rpc/caller_certificate.h"

namespace webex_gateway {
namespace {

constexpr absl::Duration kReportEvery = absl::Seconds(1);

// "host:port"; empty if the peer has gone.
std::string PeerAddress(int descriptor) {
  sockaddr_storage peer{};
  socklen_t size = sizeof(peer);
  auto* address = reinterpret_cast<sockaddr*>(&peer);
  char host[NI_MAXHOST];
  char port[NI_MAXSERV];
  if (getpeername(descriptor, address, &size) != 0) return "";
  if (getnameinfo(address, size, host, sizeof(host), port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    return "";
  return peer.ss_family == AF_INET6 ? absl::StrCat("[", host, "]:", port) : absl::StrCat(host, ":", port);
}

}  // namespace

class HandshakeWatch::Failures {
 public:
  Failures(const Clock& clock, Tell tell) : seldom_(std::in_place, clock, kReportEvery), tell_(std::move(tell)) {}

  void Close() {
    const std::lock_guard lock(mutex_);
    seldom_.reset();
  }

  void Add(const std::string& peer, const std::string& why) {
    const std::lock_guard lock(mutex_);
    if (!seldom_) return;
    ++failed_;
    if (seldom_->IsTime()) tell_(peer, why, failed_ - std::exchange(told_, failed_));
  }

  int64_t failed() const {
    const std::lock_guard lock(mutex_);
    return failed_;
  }

 private:
  mutable std::mutex mutex_;
  std::optional<Seldom> seldom_;  // empty: closed
  const Tell tell_;
  int64_t failed_ = 0;
  int64_t told_ = 0;
};

namespace {

// A connection's handshake; lives as long as its SSL object.
class Handshake {
 public:
  using Report = std::function<void(const std::string& why)>;

  explicit Handshake(Report report) : report_(std::move(report)) {}
  Handshake(const Handshake&) = delete;
  Handshake& operator=(const Handshake&) = delete;
  ~Handshake() {
    if (heard_ && !done_) report_(why_.empty() ? Unexplained() : why_);
  }

  // For SSL_set_msg_callback.
  static void OnMessage(int sent, int /*version*/, int type, const void* bytes, size_t size, SSL* ssl, void* self) {
    const auto* first = static_cast<const unsigned char*>(bytes);
    static_cast<Handshake*>(self)->On(sent != 0, type, first, size, ssl);
  }

  // OpenSSL has accepted a certificate of the caller's chain. Returns whether we accept it, too.
  bool Accept(X509_STORE_CTX& chain) {
    refused_ = FaultInCallersChain(chain);
    if (refused_ != nullptr) X509_STORE_CTX_set_error(&chain, X509_V_ERR_INVALID_PURPOSE);
    return refused_ == nullptr;
  }

 private:
  void On(bool sent, int type, const unsigned char* bytes, size_t size, SSL* ssl) {
    if (!sent && type == SSL3_RT_HEADER && !std::exchange(heard_, true)) {
      is_tls_ = bytes[0] == SSL3_RT_HANDSHAKE || bytes[0] == SSL3_RT_ALERT;
    }
    if (type == SSL3_RT_ALERT && size == 2 && bytes[1] != SSL_AD_CLOSE_NOTIFY) {
      why_ = sent ? Reason(*ssl) : absl::StrCat("the caller aborted: ", SSL_alert_desc_string_long(bytes[1]));
    }
    if (!sent && type == SSL3_RT_HANDSHAKE && bytes[0] == SSL3_MT_FINISHED) Finish(*ssl);
  }

  // The caller's last message has arrived. gRPC still ends the connection if the caller does not offer HTTP/2.
  void Finish(SSL& ssl) {
    const unsigned char* protocol = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(&ssl, &protocol, &size);
    if (size == 0) why_ = "the caller does not offer HTTP/2 (ALPN)";
    done_ = size != 0;
    SSL_set_msg_callback(&ssl, nullptr);
  }

  // The reason for an alert that is being sent.
  std::string Reason(const SSL& ssl) const {
    const char* reason = ERR_reason_error_string(ERR_peek_last_error());
    const long verified = SSL_get_verify_result(&ssl);
    const char* refused = refused_ != nullptr ? refused_ : X509_verify_cert_error_string(verified);
    return absl::StrCat(reason == nullptr ? "no reason known" : reason, verified == X509_V_OK ? "" : ": ",
                        verified == X509_V_OK ? "" : refused);
  }

  const char* Unexplained() const {
    // gRPC's own clients send no reason when they refuse a certificate.
    return is_tls_ ? "the caller disconnected, perhaps because it does not trust the gateway's certificate, or took "
                     "too long"
                   : "the caller did not send TLS";
  }

  const Report report_;
  bool heard_ = false;  // something was received
  bool is_tls_ = false;
  bool done_ = false;
  const char* refused_ = nullptr;  // why we refuse the caller's certificate although OpenSSL accepted it
  std::string why_;                // why it failed, if known
};

// Set while a connection is handed to gRPC on this thread.
thread_local const Handshake::Report* t_report = nullptr;

int Index();

// For SSL_set_verify: called for each certificate in a caller's chain, from the trusted one down.
int OnCertificate(int in_order, X509_STORE_CTX* chain) {
  if (in_order == 0) return 0;
  const void* ssl = X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx());
  auto* handshake = static_cast<Handshake*>(SSL_get_ex_data(static_cast<const SSL*>(ssl), Index()));
  return handshake->Accept(*chain) ? 1 : 0;
}

// For every SSL object in the process: CRYPTO_EX_new and CRYPTO_EX_free.
void OnNewSsl(void* object, void*, CRYPTO_EX_DATA* data, int index, long, void*) {
  if (t_report == nullptr) return;
  auto* ssl = static_cast<SSL*>(object);
  auto* handshake = new Handshake(*t_report);  // OnFreedSsl deletes it
  CRYPTO_set_ex_data(data, index, handshake);
  SSL_set_msg_callback(ssl, &Handshake::OnMessage);
  SSL_set_msg_callback_arg(ssl, handshake);
  SSL_set_verify(ssl, SSL_get_verify_mode(ssl), &OnCertificate);
}

void OnFreedSsl(void*, void* handshake, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<Handshake*>(handshake);
}

// The index at which an SSL object keeps its handshake.
int Index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, &OnNewSsl, nullptr, &OnFreedSsl);
  return index;
}

}  // namespace

HandshakeWatch::HandshakeWatch(const Clock& clock, Tell tell)
    : failures_(std::make_shared<Failures>(clock, std::move(tell))) {
  Index();
}

HandshakeWatch::~HandshakeWatch() { failures_->Close(); }

void HandshakeWatch::Watch(int descriptor, const std::function<void()>& take) {
  const Handshake::Report report = [failures = failures_, peer = PeerAddress(descriptor)](const std::string& why) {
    failures->Add(peer, why);
  };
  t_report = &report;
  take();
  t_report = nullptr;
}

int64_t HandshakeWatch::failed() const { return failures_->failed(); }

}  // namespace webex_gateway
