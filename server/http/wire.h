// The wire's port: the HttpClient below all decorators, and what it counts.
#pragma once

#include <cstdint>

#include "server/http/http.h"

namespace webex_gateway {

// Since the start. Loop's thread.
struct WireCounts {
  int64_t sends = 0;           // requests that began to leave: the server may have seen this many, and no more
  int64_t vetoed_resends = 0;  // cpprestsdk was about to send one again
  int64_t stale = 0;           // connections found closed, or silent for too long, before a byte left
  int64_t too_long = 0;        // answers given up because of their size
};

class WireClient : public HttpClient {
 public:
  virtual const WireCounts& counts() const = 0;
};

}  // namespace webex_gateway
