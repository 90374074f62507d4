// Connections to the gateway.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

namespace webex_gateway::client {

// TLS to the gateway. Files are PEM and are read once, by Connect.
struct TlsOptions {
  std::string ca_file{};      // authorities to trust for the gateway; empty: the system's
  std::string cert_file{};    // our certificate and its key, if the gateway requires one: both or neither
  std::string key_file{};     //
  std::string server_name{};  // the name that the gateway's certificate must contain; empty: the address's host
};

struct ConnectOptions {
  std::string address = "127.0.0.1:50051";  // "host:port", "[v6]:port", "unix:/path", or another name that gRPC accepts
  std::optional<TlsOptions> tls{};          // none: plaintext
};

// A channel that repeats nothing: gRPC's own retries and service configuration from DNS are off, and no proxy is taken
// from the environment (a pod's http_proxy is not meant for its sidecar). It connects when it is first used.
// INVALID_ARGUMENT, with every fault on its own line, if a file cannot be used or the options contradict each other.
absl::StatusOr<std::shared_ptr<grpc::Channel>> Connect(const ConnectOptions& options);

}  // namespace webex_gateway::client
