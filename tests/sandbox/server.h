// The listening socket and the threads that serve it.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tests/sandbox/world.h"

namespace webex_gateway::sandbox {

struct ServerOptions {
  std::string address = "127.0.0.1";  // an IP literal
  int port = 0;                       // 0 takes any free one
  int threads = 1;
  absl::Duration idle_timeout = absl::Seconds(60);
  // Both or neither: PEM files.
  std::string tls_cert_file;
  std::string tls_key_file;
};

// Serves from Start until it is destroyed, which cuts every connection and does not wait for them.
class Server {
 public:
  // `world` must outlive the server. The error names the address or the certificate that cannot be used.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerOptions& options, World& world);

  virtual ~Server() = default;

  virtual int port() const = 0;
  // "http://127.0.0.1:8080"; https with TLS.
  virtual std::string url() const = 0;
};

}  // namespace webex_gateway::sandbox
