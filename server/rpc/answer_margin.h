// How much sooner than at its deadline a caller is answered.
#pragma once

#include "absl/time/time.h"

namespace webex_gateway {

// How long before a caller's deadline, of which so much is left, it is answered. A gRPC client gives up at its deadline
// by itself, without our details. And from 10 s on the deadline that we see is later than the client's own, since
// gRPC's core sends it in three digits, rounded up: by up to 0.1 s, from 100 s on by 1 s, from 1000 s on by 10 s.
absl::Duration AnswerMargin(absl::Duration left);

}  // namespace webex_gateway
