// What the connection must do for one request, decided without a connection: combines answers, faults and latency.
#pragma once

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "tests/sandbox/http_message.h"
#include "tests/sandbox/world.h"

namespace webex_gateway::sandbox {

// Wait, send the bytes, and then do one thing.
struct Reply {
  // kKeep: read the next request. kEnd: end the connection properly by HTTP and TLS. kClose: end it with only a FIN,
  // like a process that dies. kReset: end it with an RST. kHang: send nothing until the client disconnects or `hang`,
  // if not zero, is over.
  enum class Then { kKeep, kEnd, kClose, kReset, kHang };

  absl::Duration wait;
  std::string bytes;
  absl::Duration gap;  // between single bytes; zero sends all at once
  Then then = Then::kKeep;
  absl::Duration hang;
  // Released when the answer begins, or will not be sent any more.
  std::shared_ptr<const void> under_way;
};

// For a request whose headers have arrived: counts it, and takes the fault that applies to it, if any.
std::shared_ptr<const Fault> BeginRequest(World& world, const Request& request);

// For a fault before the body is read.
Reply ReplyBeforeBody(const Fault& fault);

// For a request that has completely arrived; `fault` may be null. The order takes effect here.
Reply ReplyTo(World& world, const Request& request, const Fault* fault, bool keep_alive, absl::Time now);

// For input that is not a valid request: 400, 413 or 431.
Reply Refusal(World& world, int status);

}  // namespace webex_gateway::sandbox
