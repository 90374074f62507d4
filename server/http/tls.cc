#include "server/http/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/http/resolver.h"

namespace webex_gateway {
namespace {

constexpr absl::Duration kLookEvery = absl::Seconds(1);

using Session = std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)>;

std::string Describe(X509_STORE_CTX* verification) {
  const char* reason = X509_verify_cert_error_string(X509_STORE_CTX_get_error(verification));
  X509* certificate = X509_STORE_CTX_get_current_cert(verification);
  if (certificate == nullptr) return reason;
  char subject[256];
  X509_NAME_oneline(X509_get_subject_name(certificate), subject, sizeof(subject));
  return absl::StrCat(reason, ", certificate ", subject);
}

class Client : public TlsClient {
 public:
  Client(std::string host, Trust trust)
      : host_(std::move(host)), is_address_(IsAddress(host_)), trust_(std::move(trust)) {}

  void Prepare(SSL_CTX* context) override {
    SSL_CTX_set_ex_data(context, Index(), this);
    SSL_CTX_set1_cert_store(context, trust_.store().get());
    // The system's openssl.cnf may require more.
    if (SSL_CTX_get_min_proto_version(context) < TLS1_2_VERSION) SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_cert_verify_callback(context, &Client::Verify, this);
    SSL_CTX_set_info_callback(context, &Client::OnProgress);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, &Client::OnSession);
  }

  // A resumed session would skip the check of the certificates.
  bool TrustsAnew(Clock::Time now) override {
    if (now < next_look_) return false;
    next_look_ = Later(now, kLookEvery);
    if (!trust_.Refresh()) return false;
    session_.reset();
    return true;
  }

  const std::string& refusal() const override { return refusal_; }

 private:
  static int Index() {
    static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
  }

  static Client& Of(const SSL* connection) {
    return *static_cast<Client*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(connection), Index()));
  }

  // Replaces any check of the certificate that the connection's owner has set up.
  static int Verify(X509_STORE_CTX* verification, void* self) {
    auto& client = *static_cast<Client*>(self);
    X509_STORE_CTX_set_verify_cb(verification, [](int so_far, X509_STORE_CTX*) { return so_far; });
    X509_VERIFY_PARAM* expected = X509_STORE_CTX_get0_param(verification);
    const bool set = client.is_address_ ? X509_VERIFY_PARAM_set1_ip_asc(expected, client.host_.c_str()) == 1
                                        : X509_VERIFY_PARAM_set1_host(expected, client.host_.c_str(), 0) == 1;
    X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    // A trusted certificate ends a chain even if it is not a root: for example a company proxy's own authority.
    X509_VERIFY_PARAM_set_flags(expected, X509_V_FLAG_PARTIAL_CHAIN);
    const bool good = set && X509_verify_cert(verification) == 1;
    if (!good) client.refusal_ = Describe(verification);
    return good ? 1 : 0;
  }

  // OpenSSL reports the start of the handshake before it writes the first message: the last moment to set its content
  // on a connection that the library made.
  static void OnProgress(const SSL* connection, int where, int) {
    if ((where & SSL_CB_HANDSHAKE_START) == 0 || SSL_get_state(connection) != TLS_ST_BEFORE) return;
    const Client& client = Of(connection);
    auto* mutable_connection = const_cast<SSL*>(connection);
    if (!client.is_address_) SSL_set_tlsext_host_name(mutable_connection, client.host_.c_str());
    if (client.session_ != nullptr) SSL_set_session(mutable_connection, client.session_.get());
  }

  // A copy, because a connection that ends without a close_notify invalidates its own session. A session from before
  // the trust changed is too old.
  static int OnSession(SSL* connection, SSL_SESSION* session) {
    Client& client = Of(connection);
    const bool current = SSL_CTX_get_cert_store(SSL_get_SSL_CTX(connection)) == client.trust_.store().get();
    if (current) client.session_.reset(SSL_SESSION_dup(session));
    return 0;
  }

  const std::string host_;
  const bool is_address_;
  Trust trust_;
  Clock::Time next_look_{};
  Session session_{nullptr, SSL_SESSION_free};
  std::string refusal_;
};

// A shared_ptr<int64_t>, owned by the context.
int CounterIndex() {
  const auto release = [](void*, void* counter, CRYPTO_EX_DATA*, int, long, void*) {
    delete static_cast<std::shared_ptr<int64_t>*>(counter);
  };
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, release);
  return index;
}

}  // namespace

std::shared_ptr<TlsClient> CreateTlsClient(const std::string& host, Trust trust) {
  return std::make_shared<Client>(host, std::move(trust));
}

void CountReceived(SSL_CTX* context, std::shared_ptr<int64_t> bytes) {
  SSL_CTX_set_msg_callback_arg(context, bytes.get());
  SSL_CTX_set_ex_data(context, CounterIndex(), new std::shared_ptr<int64_t>(std::move(bytes)));
  // OpenSSL shows each record's header, whose last two bytes are the length of the rest.
  SSL_CTX_set_msg_callback(context,
                           [](int written, int, int type, const void* header, size_t size, SSL*, void* counter) {
                             if (written != 0 || type != SSL3_RT_HEADER || size != SSL3_RT_HEADER_LENGTH) return;
                             const auto* byte = static_cast<const uint8_t*>(header);
                             *static_cast<int64_t*>(counter) += SSL3_RT_HEADER_LENGTH + (byte[3] << 8 | byte[4]);
                           });
}

bool IsHandshakeOver(const SSL* connection) { return SSL_is_init_finished(connection) == 1; }

bool HoldsUnread(const SSL* connection) {
  return SSL_pending(connection) > 0 || BIO_pending(SSL_get_rbio(connection)) > 0;
}

}  // namespace webex_gateway
