// The wire: HttpClient on cpprestsdk 2.10.18. The one file that includes it, because it has habits that the rest of the
// gateway must not know of; cpprest_client.cc names each beside its countermeasure.
#pragma once

#include <memory>
#include <string>

#include "server/http/http.h"

namespace webex_gateway {

// The gateway's loop: cpprestsdk's own io_context, run by one thread of its own from now on (measured: 40 threads, its
// default, make a call three times as dear). Call it once, before anything else of this file; the loop lives as long as
// the process.
Loop& StartCpprestLoop();

struct WireOptions {
  std::string base_url;                                // http(s)://host[:port][/path], without a "/" at its end
  absl::Duration attempt_timeout = absl::Seconds(30);  // one attempt, from its start to the end of its answer
  size_t max_answer_bytes = 1 << 20;                   // a longer body counts as unreadable
  std::string ca_file;  // PEM certificates to trust in place of the system's; empty: the system's
};

// Whether the certificates of WireOptions::ca_file can be read.
absl::Status CheckCertificates(const std::string& ca_file);

// Sends each request once, on a connection of its pool or a new one:
//   * It never sends again, on any kind of failure; cpprestsdk's own re-sending is vetoed for requests with a body.
//   * Send ends within the attempt's timeout, and at the call's deadline where the request is not out by then.
//   * Redirects are answers like any other. Certificates are always verified.
//   * An answer too long, broken or out of step with the requests (1xx) is kAnswerLost.
// An error is about `options`: a URL that does not parse, a CA file that cannot be read.
absl::StatusOr<std::unique_ptr<HttpClient>> CpprestClient(Clock& clock, WireOptions options);

}  // namespace webex_gateway
