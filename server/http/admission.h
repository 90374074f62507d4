// Admission: how many calls may be under way.
#pragma once

#include <memory>

#include "server/http/http.h"
#include "server/http/pace.h"

namespace webex_gateway {

struct AdmissionOptions {
  int max_calls = 64;     // at the same time, the rest waits; at least 1
  int max_queued = 1000;  // waiting; beyond that a call is refused
};

struct AdmissionStatus {
  int under_way = 0;
  int queued = 0;
};

// Lets `max_calls` through at a time. Those that wait take turns by account, so that a batch holds nobody up; of one
// account first come, first served. Refuses a call that finds the queue full, or where another account
// has more calls in it, the last of those in its stead; and at once a call that could not be sent before its deadline:
// because `pace` rests for longer, or because the queue is too long at the speed of late. Refused is kRateLimited while
// `pace` holds calls back, since then Webex's limit is what fills the queue, else kOverloaded. A call whose deadline
// comes all the same while it waits is kRateLimited likewise, else kDeadline, one whose caller leaves kCancelled. Keeps
// `status` up to date.
std::unique_ptr<HttpClient> WithAdmission(std::unique_ptr<HttpClient> next, Clock& clock, const Pace& pace,
                                          AdmissionStatus& status, AdmissionOptions options);

}  // namespace webex_gateway
