// How long before its deadline a caller is answered.
#pragma once

#include "absl/time/time.h"

namespace webex_gateway {

// How long before its deadline a caller is answered if this much time is left. A gRPC client gives up at its deadline
// by itself, without our details. And from 10 s on the deadline that we see is later than the client's, since gRPC's
// core sends it in three digits, rounded up: by up to 0.1 s, from 100 s on by 1 s, from 1000 s on by 10 s.
absl::Duration AnswerMargin(absl::Duration left);

}  // namespace webex_gateway
