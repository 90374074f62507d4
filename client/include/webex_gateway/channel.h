// Connections to the gateway.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

namespace webex_gateway::client {

// TLS towards the gateway. Files are PEM and are read once, by Connect.
struct TlsOptions {
  std::string ca_file{};      // who may vouch for the gateway; empty: the system's authorities
  std::string cert_file{};    // our certificate and its key, where the gateway asks for one: both or neither
  std::string key_file{};     //
  std::string server_name{};  // the name that the gateway's certificate must bear; empty: the address's own
};

struct ConnectOptions {
  std::string address = "127.0.0.1:50051";  // "host:port", "[v6]:port", "unix:/path", or another name that gRPC takes
  std::optional<TlsOptions> tls{};          // none: plaintext
};

// A channel that repeats nothing: gRPC's own retries and the service configuration that DNS may hold are off, and no
// proxy is taken from the environment (a pod's http_proxy is not meant for its sidecar). It connects when it is first
// used. INVALID_ARGUMENT, naming every fault in a line of its own, where a file cannot be used or the options do not
// fit together.
absl::StatusOr<std::shared_ptr<grpc::Channel>> Connect(const ConnectOptions& options);

}  // namespace webex_gateway::client
