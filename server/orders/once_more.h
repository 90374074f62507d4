// An order that is sent once more, at its caller's word, although an earlier call under its request id may have had its
// effect: what the result says then.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "server/webex/methods.h"

namespace webex_gateway {

// A refusal by which Webex shows that it has done what was ordered is a success; anything else stays what it is.
absl::StatusOr<WebexResult> WithWhatItShows(absl::StatusOr<WebexResult> result, const Method& method,
                                            const google::protobuf::Message& request);

// The order's error, given this call's: that this one had no effect says nothing of the earlier one. When to
// repeat it is told all the same, since the caller wants it sent once more.
absl::Status OfAllCalls(absl::Status error);

}  // namespace webex_gateway
