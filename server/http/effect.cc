#include "server/http/effect.h"

#include "server/http/retry_after.h"

namespace webex_gateway {

bool IsServerFailure(int status) { return status < 200 || (status >= 500 && status != 501); }

Effect EffectOf(int status, bool has_retry_after) {
  if (status >= 200 && status < 300) return Effect::kDone;
  if (status == 503 && has_retry_after) return Effect::kNone;
  const bool gave_up = status == 408;    // it may have read the whole request before
  const bool see_other = status == 303;  // answers a POST that was carried out (RFC 9110, 15.4.4)
  return gave_up || see_other || IsServerFailure(status) ? Effect::kMayHave : Effect::kNone;
}

Effect EffectOf(const absl::StatusOr<HttpAnswer>& result, absl::Time now) {
  if (result.ok()) return EffectOf(result->status, RetryAfterIn(*result, now).has_value());
  return MaybeSent(SendFailureOf(result.status())) ? Effect::kMayHave : Effect::kNone;
}

}  // namespace webex_gateway
