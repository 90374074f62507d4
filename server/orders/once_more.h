// The result of an order that is sent once more, as its caller asked, although an earlier call under its request id may
// have had an effect.
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "server/webex/methods.h"

namespace webex_gateway {

// A refusal by which Webex shows that the order was carried out is a success; anything else stays unchanged.
absl::StatusOr<WebexResult> WithWhatItShows(absl::StatusOr<WebexResult> result, const Method& method,
                                            const google::protobuf::Message& request);

// The order's error, derived from this call's: that this call had no effect says nothing about the earlier one. The
// time to repeat it is returned nevertheless, since the caller wants it sent once more.
absl::Status OfAllCalls(absl::Status error);

}  // namespace webex_gateway
