// Observes which callers' TLS handshakes fail, and why. gRPC 1.51 does not report that, and a caller often sees only
// "UNAVAILABLE". gRPC creates its SSL object while a connection is handed to it, on the same thread; OpenSSL allows
// every new SSL object to be noticed (ex data), and its messages to be observed. Since gRPC has no hook for that
// either, it also refuses callers whose certificate is an authority's (caller_certificate.h): once per connection,
// before anything else from the caller is processed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "server/base/clock.h"

namespace webex_gateway {

class HandshakeWatch {
 public:
  // `peer` is for example "192.0.2.7:50112", `why` OpenSSL's or our reason, `failures` the number since the last
  // report, including this one. Called at most once a second, one at a time, on any thread. It must not block.
  using Tell = std::function<void(const std::string& peer, const std::string& why, int64_t failures)>;

  // Only Now of `clock` is used, on any thread; it must outlive this.
  HandshakeWatch(const Clock& clock, Tell tell);
  HandshakeWatch(const HandshakeWatch&) = delete;
  HandshakeWatch& operator=(const HandshakeWatch&) = delete;
  ~HandshakeWatch();  // nothing is reported after this

  // Calls `take`, which hands the connection `descriptor` to gRPC, and observes the handshake that begins there. A
  // connection that ends before a byte has arrived (a probe of the port) is not a failure.
  void Watch(int descriptor, const std::function<void()>& take);

  // How many handshakes have failed. Any thread.
  int64_t failed() const;

 private:
  class Failures;

  const std::shared_ptr<Failures> failures_;  // connections may outlive this
};

}  // namespace webex_gateway
