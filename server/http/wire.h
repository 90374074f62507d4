// The wire's port: the HttpClient below all decorators, and its counts.
#pragma once

#include <cstdint>

#include "server/http/http.h"

namespace webex_gateway {

// Since the start. For the loop's thread.
struct WireCounts {
  int64_t sends = 0;           // requests that began to leave: the server has received at most this many
  int64_t vetoed_resends = 0;  // re-sends by cpprestsdk that were stopped
  int64_t stale = 0;           // connections found closed, or idle for too long, before a byte left
  int64_t too_long = 0;        // answers abandoned because of their size
};

class WireClient : public HttpClient {
 public:
  virtual const WireCounts& counts() const = 0;
};

}  // namespace webex_gateway
