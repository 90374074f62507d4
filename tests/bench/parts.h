// Parts of the gateway by themselves, each in a process of its own, so that its CPU time is its own: what --compare
// starts.
#pragma once

#include <string>

#include "absl/time/time.h"

namespace webex_gateway {

// The gRPC server, which reads each order and answers at once with an example workspace, to so many at a time. Serves
// until the process is ended; reports its port as a gateway does. False: it cannot serve.
bool ServeGrpcAlone(int in_flight);

// The wire, which keeps so many requests of an order's size at Webex. Prints on stderr `"resident_kb":N` once it is
// ready, `"answered":1` at the first answer, and what it measured in the end (LineOf in statistics.h). False: it cannot
// begin.
struct WireLoad {
  std::string url;  // a sandbox's
  int in_flight = 1;
  absl::Duration warm_up;
  absl::Duration duration;
};
bool LoadWireAlone(const WireLoad& load);

}  // namespace webex_gateway
