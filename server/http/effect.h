// Whether the server has acted on a request, by its answer. The only place that decides this; used by retry, breaker
// and the error table.
#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/http/http.h"

namespace webex_gateway {

enum class Effect {
  kNone,     // the request had no effect, and will have none
  kMayHave,  // it may or may not have had an effect
  kDone,     // it had its effect
};

// For an answer with this status. `has_retry_after`: it has a readable Retry-After, with which a 503 refuses the
// request unprocessed.
Effect EffectOf(int status, bool has_retry_after);

// For the result of a Send, at `now`.
Effect EffectOf(const absl::StatusOr<HttpAnswer>& result, absl::Time now);

// Whether an answer with this status is the server's own failure, whatever it asks for: 5xx except 501, and anything
// that is not a final HTTP status.
bool IsServerFailure(int status);

}  // namespace webex_gateway
