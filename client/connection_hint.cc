#include "client/connection_hint.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace webex_gateway::client {
namespace {

// The gateway took the connection and closed it, in the TLS handshake or before.
absl::string_view WhereItWasClosed(const ConnectOptions& options) {
  if (!options.tls) return "does the gateway want TLS (--tls)?";
  if (options.tls->cert_file.empty()) {
    return "does the gateway want a client certificate (--tls_cert_file, --tls_key_file)?";
  }
  return "does the gateway trust the certificate in --tls_cert_file, and is that still valid?";
}

// By the words of gRPC and OpenSSL, which have no codes for it.
absl::string_view HintFor(absl::string_view cause, const ConnectOptions& options) {
  if (absl::StrContains(cause, "http1.x server")) {
    return "what listens there is no gRPC server; the gateway's admin port is such, and --address is one of its "
           "--listen (port 50051 by default)";
  }
  if (absl::StrContains(cause, "wrong version number")) return "what listens there has no TLS: leave --tls out?";
  if (absl::StrContains(cause, "certificate verify failed")) {
    return "the gateway's certificate is of nobody that is trusted here, or out of date: is --tls_ca_file right?";
  }
  if (absl::StrContains(cause, "is not in peer certificate")) {
    return "the gateway's certificate has another name: give that as --address, or as --tls_server_name";
  }
  if (absl::StrContains(cause, "Socket closed") || absl::StrContains(cause, "Connection reset")) {
    return WhereItWasClosed(options);
  }
  if (absl::StrContains(cause, "Connection refused") || absl::StrContains(cause, "No such file")) {
    return "nothing listens there: does the gateway run, and is --address right?";
  }
  return absl::StrContains(cause, "DNS resolution failed") ? "is --address right?" : "";
}

}  // namespace

CallError WithHint(CallError error, const ConnectOptions& options) {
  if (error.reason != kGatewayUnreachable) return error;
  const absl::string_view hint = HintFor(error.message, options);
  if (!hint.empty()) absl::StrAppend(&error.message, "; ", hint);
  return error;
}

}  // namespace webex_gateway::client
