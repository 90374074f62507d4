// What the connection is to do for one request, decided without any connection: answers, faults and latency come
// together here.
#pragma once

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "tests/sandbox/http_message.h"
#include "tests/sandbox/world.h"

namespace webex_gateway::sandbox {

// Wait, send the bytes, and then do one thing.
struct Reply {
  // kKeep: read the next request. kEnd: end the connection as HTTP and TLS would have it. kClose: end it with a FIN and
  // no more, as a process that dies. kReset: end it with an RST. kHang: say nothing until the client goes or `hang`, if
  // not zero, is over.
  enum class Then { kKeep, kEnd, kClose, kReset, kHang };

  absl::Duration wait;
  std::string bytes;
  absl::Duration gap;  // between single bytes; zero sends all at once
  Then then = Then::kKeep;
  absl::Duration hang;
  // To be let go when the answer begins, or will not come any more.
  std::shared_ptr<const void> under_way;
};

// For a request whose headers have arrived: counts it, and takes the fault that befalls it, if any.
std::shared_ptr<const Fault> BeginRequest(World& world, const Request& request);

// For a fault that strikes before the body is read.
Reply ReplyBeforeBody(const Fault& fault);

// For a request that has arrived whole; `fault` may be null. The order takes effect in here.
Reply ReplyTo(World& world, const Request& request, const Fault* fault, bool keep_alive, absl::Time now);

// For what is no request that could be served: 400, 413 or 431.
Reply Refusal(World& world, int status);

}  // namespace webex_gateway::sandbox
