// What an answer says about its request: whether the server has acted on it. The one place that decides this; retry,
// breaker and the error table ask it.
#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/http/http.h"

namespace webex_gateway {

enum class Effect {
  kNone,     // the request had no effect, nor will it have one
  kMayHave,  // it may have had its effect, and may not
  kDone,     // it had its effect
};

// Of an answer with this status. `has_retry_after`: it bears a Retry-After that can be read, by which a 503 refuses the
// request unseen.
Effect EffectOf(int status, bool has_retry_after);

// Of what a Send ended with, at `now`.
Effect EffectOf(const absl::StatusOr<HttpAnswer>& result, absl::Time now);

// Whether an answer with this status is a failure of the server's own, whatever it asks for next: 5xx but 501, and what
// is no final status of HTTP.
bool IsServerFailure(int status);

}  // namespace webex_gateway
