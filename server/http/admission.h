// Admission: limits the calls under way.
#pragma once

#include <memory>

#include "server/http/http.h"
#include "server/http/pace.h"

namespace webex_gateway {

struct AdmissionOptions {
  int max_calls = 64;     // at the same time, the rest wait; at least 1
  int max_queued = 1000;  // waiting; further calls are refused
};

struct AdmissionStatus {
  int under_way = 0;
  int queued = 0;
};

// Lets `max_calls` through at a time. Waiting calls take turns by account, so that a batch delays nobody; within an
// account, first come, first served. If the queue is full, refuses the new call or, if another account has more calls
// in the queue, the last of those instead. Refuses at once a call that could not be sent before its deadline: because
// `pace` rests for longer, or because the queue is too long at the recent speed. The refusal is kRateLimited while
// `pace` holds calls back, since then Webex's limit fills the queue, otherwise kOverloaded. A call whose deadline
// passes while it waits is likewise kRateLimited, otherwise kDeadline; one whose caller leaves is kCancelled. Keeps
// `status` up to date.
std::unique_ptr<HttpClient> WithAdmission(std::unique_ptr<HttpClient> next, Clock& clock, const Pace& pace,
                                          AdmissionStatus& status, AdmissionOptions options);

}  // namespace webex_gateway
