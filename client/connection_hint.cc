#include "client/connection_hint.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace webex_gateway::client {
namespace {

// The gateway accepted the connection and closed it, during the TLS handshake or before.
absl::string_view WhereItWasClosed(const ConnectOptions& options) {
  if (!options.tls) return "does the gateway require TLS (--tls)?";
  if (options.tls->cert_file.empty()) {
    return "does the gateway require a client certificate (--tls_cert_file, --tls_key_file)?";
  }
  return "does the gateway trust the certificate in --tls_cert_file, and is it still valid?";
}

// By the texts of gRPC and OpenSSL, which have no codes for this.
absl::string_view HintFor(absl::string_view cause, const ConnectOptions& options) {
  if (absl::StrContains(cause, "http1.x server")) {
    return "no gRPC server listens there; is it the gateway's admin port? --address must be one of the gateway's "
           "--listen (port 50051 by default)";
  }
  if (absl::StrContains(cause, "wrong version number")) return "the server there does not use TLS: omit --tls?";
  if (absl::StrContains(cause, "certificate verify failed")) {
    return "the gateway's certificate is not trusted here, or has expired: is --tls_ca_file correct?";
  }
  if (absl::StrContains(cause, "is not in peer certificate")) {
    return "the gateway's certificate has another name: give that name in --address or --tls_server_name";
  }
  if (absl::StrContains(cause, "Socket closed") || absl::StrContains(cause, "Connection reset")) {
    return WhereItWasClosed(options);
  }
  if (absl::StrContains(cause, "Connection refused") || absl::StrContains(cause, "No such file")) {
    return "nothing listens there: is the gateway running, and is --address correct?";
  }
  return absl::StrContains(cause, "DNS resolution failed") ? "is --address correct?" : "";
}

}  // namespace

CallError WithHint(CallError error, const ConnectOptions& options) {
  if (error.reason != kGatewayUnreachable) return error;
  const absl::string_view hint = HintFor(error.message, options);
  if (!hint.empty()) absl::StrAppend(&error.message, "; ", hint);
  return error;
}

}  // namespace webex_gateway::client
