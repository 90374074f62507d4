#include "server/rpc/tls_credentials.h"

#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpcpp/impl/grpc_library.h>

#include <string>
#include <utility>

namespace webex_gateway {
namespace {

// gRPC's own file watcher (FileWatcherCertificateProvider) uses whatever it finds, so that a certificate which is
// replaced before its key breaks every handshake until the key is replaced. gRPC's C interface calls us instead.
class Credentials : public grpc::ServerCredentials {
 public:
  explicit Credentials(std::shared_ptr<ServerCertificate> certificate) : certificate_(std::move(certificate)) {}

  void SetAuthMetadataProcessor(const std::shared_ptr<grpc::AuthMetadataProcessor>& /*processor*/) override {}

 private:
  int AddPortToServer(const std::string& address, grpc_server* server) override {
    const bool ask_callers = !certificate_->Current()->client_ca.empty();
    grpc_server_credentials* credentials =
        grpc_ssl_server_credentials_create_with_options(grpc_ssl_server_credentials_create_options_using_config_fetcher(
            ask_callers ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                        : GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE,
            &Credentials::Fetch, this));
    const int port = grpc_server_add_http2_port(server, address.c_str(), credentials);
    grpc_server_credentials_release(credentials);
    return port;
  }

  // Called before each handshake, one at a time.
  static grpc_ssl_certificate_config_reload_status Fetch(void* self, grpc_ssl_server_certificate_config** config) {
    auto& credentials = *static_cast<Credentials*>(self);
    std::shared_ptr<const TlsIdentity> now = credentials.certificate_->Current();
    if (now == credentials.told_) return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
    const grpc_ssl_pem_key_cert_pair pair{now->key.c_str(), now->certificate.c_str()};
    // gRPC aborts without roots, even if no certificate is requested from callers and they are not used.
    const std::string& roots = now->client_ca.empty() ? now->certificate : now->client_ca;
    *config = grpc_ssl_server_certificate_config_create(roots.c_str(), &pair, 1);
    credentials.told_ = std::move(now);
    return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
  }

  const std::shared_ptr<ServerCertificate> certificate_;
  std::shared_ptr<const TlsIdentity> told_;
};

}  // namespace

std::shared_ptr<grpc::ServerCredentials> CreateTlsCredentials(std::shared_ptr<ServerCertificate> certificate) {
  grpc::internal::GrpcLibraryInitializer().summon();  // before gRPC's first object
  return std::make_shared<Credentials>(std::move(certificate));
}

}  // namespace webex_gateway
