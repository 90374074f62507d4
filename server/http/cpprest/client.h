// The wire: HttpClient on cpprestsdk 2.10.18. No other folder includes the library, because it has habits that the rest
// of the gateway must not know of; the files here name each beside its countermeasure.
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
  std::string ca_file;  // PEM certificates to trust in place of the system's; empty: the system's (trust.h)
  Trust::Tell tell_trust = [](const std::string&, bool) {};  // at the start, and when that changes
  std::string proxy;  // http://host[:port], for an https base_url: tunnelled by CONNECT; empty: none
  BlockingLookup lookup = SystemLookup;
  // Where a host has several addresses, how long to try for a connection to one before the next has its turn.
  absl::Duration connect_timeout = absl::Seconds(5);
  // A connection that has been silent for longer is not used again. Servers close idle ones after 1 s to 60 s; one that
  // is closed at the very moment when an order leaves would make it unknown.
  absl::Duration idle_life = absl::Milliseconds(800);
};

// Sends each request once, on a connection of its pool or a new one:
//   * It never sends again, on any kind of failure; cpprestsdk's own re-sending is vetoed before a byte leaves.
//   * Send ends within the attempt's timeout, and at the call's deadline where the request is not out by then. Both
//     bound everything: name lookup, connect, handshake, writing, the answer's last byte.
//   * The host's addresses are tried in turn until a connection stands, each for its share of the time left. One that
//     failed is left alone for half a minute.
//   * Redirects are answers like any other. Certificates are always verified.
//   * An answer too long, broken or out of step with the requests (1xx) is kAnswerLost. What is held in memory of one
//     answer, headers and all, is bounded by max_answer_bytes and what arrives in some 10 ms beyond it.
//   * Through a proxy each request has a connection of its own.
// An error is about `options`: a URL that does not parse, a CA file that cannot be read.
absl::StatusOr<std::unique_ptr<WireClient>> CreateCpprestClient(Clock& clock, WireOptions options);

}  // namespace webex_gateway
