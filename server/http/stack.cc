#include "server/http/stack.h"

#include <utility>

namespace webex_gateway {

std::unique_ptr<HttpClient> BuildStack(std::unique_ptr<HttpClient> wire, Clock& clock, absl::BitGenRef random,
                                       TokenSource& tokens, RefusesToken refuses, SendObserver& observer,
                                       const StackOptions& options) {
  auto client = WithAuth(std::move(wire), tokens, refuses);               // innermost: a fresh token for each attempt
  client = WithTelemetry(std::move(client), clock, observer, "attempt");  // sees each attempt, never the token
  client = WithRetry(std::move(client), clock, random, options.retry);    // repeats what is below it
  client = WithTelemetry(std::move(client), clock, observer, "call");     // sees the call as a whole
  return WithAdmission(std::move(client), clock, options.admission);      // outermost: a waiting call costs nothing yet
}

}  // namespace webex_gateway
