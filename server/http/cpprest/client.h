// The wire: HttpClient on cpprestsdk 2.10.18. No other folder includes the library, because it has quirks that the rest
// of the gateway must not know; the files here explain each next to its countermeasure.
#pragma once

#include <memory>
#include <string>

#include "server/http/cpprest/loop.h"
#include "server/http/http.h"
#include "server/http/resolver.h"
#include "server/http/trust.h"
#include "server/http/wire.h"

namespace webex_gateway {

struct WireOptions {
  std::string base_url;                                // http(s)://host[:port][/path], without a "/" at its end
  absl::Duration attempt_timeout = absl::Seconds(30);  // one attempt, from its start to the end of its answer
  size_t max_answer_bytes = 1 << 20;                   // a longer body counts as unreadable
  std::string ca_file;  // PEM certificates to trust instead of the system's; empty: the system's (trust.h)
  Trust::Tell tell_trust = [](const std::string&, bool) {};  // at the start, and when that changes
  std::string proxy;  // http://host[:port], for an https base_url: tunnelled by CONNECT; empty: none
  BlockingLookup lookup = SystemLookup;
  // If a host has several addresses, how long to try to connect to one before trying the next.
  absl::Duration connect_timeout = absl::Seconds(5);
  // A connection that has been idle for longer is not used again. Servers close idle ones after 1 s to 60 s; if one is
  // closed just when an order leaves, the order becomes unknown.
  absl::Duration idle_life = absl::Milliseconds(800);
};

// Sends each request once, on a connection from its pool or a new one:
//   * It never sends again after any failure; cpprestsdk's own re-sends are stopped before a byte leaves.
//   * Send ends within the attempt's timeout, and at the call's deadline if the request has not been sent by then.
//     Both bound everything: name lookup, connect, handshake, writing, the answer's last byte.
//   * The host's addresses are tried in turn until a connection is open, each for its share of the time left. One
//     that failed is avoided for half a minute.
//   * Redirects are answers like any other. Certificates are always verified.
//   * An answer that is too long, invalid or out of step with the requests (1xx) is kAnswerLost. The memory for one
//     answer, including headers, is bounded by max_answer_bytes plus the bytes that arrive in some 10 ms.
//   * Through a proxy each request has its own connection.
// An error is about `options`: a URL that does not parse, a CA file that cannot be read.
absl::StatusOr<std::unique_ptr<WireClient>> CreateCpprestClient(Clock& clock, WireOptions options);

}  // namespace webex_gateway
