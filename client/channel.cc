#include "webex_gateway/channel.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <fstream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/whole_file.h"

namespace webex_gateway::client {
namespace {

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return ReadWhole(file).value_or("");
}

// For unusable files gRPC reports only "empty address list", at the first call; so they are checked here first.
void CheckFiles(const TlsOptions& tls, std::vector<std::string>& faults) {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  // Refuses an encrypted key instead of asking for its passphrase on the terminal.
  SSL_CTX_set_default_passwd_cb(context.get(), [](char*, int, int, void*) { return -1; });
  if (!tls.ca_file.empty() && SSL_CTX_load_verify_locations(context.get(), tls.ca_file.c_str(), nullptr) != 1) {
    faults.push_back(absl::StrCat(tls.ca_file, ": contains no readable PEM certificates"));
  }
  if (tls.cert_file.empty() != tls.key_file.empty()) {
    faults.push_back("a certificate needs its key, and a key its certificate");
  } else if (tls.cert_file.empty()) {
    return;
  } else if (SSL_CTX_use_certificate_chain_file(context.get(), tls.cert_file.c_str()) != 1) {
    faults.push_back(absl::StrCat(tls.cert_file, ": contains no readable PEM certificate"));
  } else if (SSL_CTX_use_PrivateKey_file(context.get(), tls.key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    faults.push_back(absl::StrCat(tls.key_file, ": not the key of ", tls.cert_file, ", or not an unencrypted PEM key"));
  }
}

std::shared_ptr<grpc::ChannelCredentials> Credentials(const std::optional<TlsOptions>& tls) {
  if (!tls) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = ReadFile(tls->ca_file);
  options.pem_cert_chain = ReadFile(tls->cert_file);
  options.pem_private_key = ReadFile(tls->key_file);
  return grpc::SslCredentials(options);
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::Channel>> Connect(const ConnectOptions& options) {
  std::vector<std::string> faults;
  if (options.address.empty()) faults.push_back("the address is empty");
  if (options.tls) CheckFiles(*options.tls, faults);
  ERR_clear_error();
  if (!faults.empty()) return absl::InvalidArgumentError(absl::StrJoin(faults, "\n"));

  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  if (options.tls && !options.tls->server_name.empty()) arguments.SetSslTargetNameOverride(options.tls->server_name);
  return grpc::CreateCustomChannel(options.address, Credentials(options.tls), arguments);
}

}  // namespace webex_gateway::client
