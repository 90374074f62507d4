// Sees which callers' TLS handshakes come to nothing, and why. gRPC 1.51 reports that to nobody, and a caller often
// sees no more than "UNAVAILABLE". gRPC makes its SSL object while a connection is handed to it, on the same thread;
// OpenSSL lets every new SSL object be noticed (ex data), and its messages be watched. For the same want of a place in
// gRPC it refuses callers whose certificate is an authority's, too (caller_certificate.h): once for a connection,
// before anything else of the caller's is looked at.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "server/base/clock.h"

namespace webex_gateway {

class HandshakeWatch {
 public:
  // `peer` is "192.0.2.7:50112", `why` OpenSSL's or our reason; `failures` since the last report, this one included. At
  // most once a second, one at a time, on any thread. It must not block.
  using Tell = std::function<void(const std::string& peer, const std::string& why, int64_t failures)>;

  // Of `clock` only Now is used, on any thread; it must outlive this.
  HandshakeWatch(const Clock& clock, Tell tell);
  HandshakeWatch(const HandshakeWatch&) = delete;
  HandshakeWatch& operator=(const HandshakeWatch&) = delete;
  ~HandshakeWatch();  // nothing is reported any more

  // Calls `take`, which hands the connection `descriptor` to gRPC, and watches the handshake that begins there. A
  // connection that ends before a byte has come (a probe of the port) is no failure.
  void Watch(int descriptor, const std::function<void()>& take);

  // How many have failed. Any thread.
  int64_t failed() const;

 private:
  class Failures;

  const std::shared_ptr<Failures> failures_;  // connections may outlive this
};

}  // namespace webex_gateway
