// What a user can do about a gateway that cannot be reached.
#pragma once

#include "webex_gateway/call_error.h"
#include "webex_gateway/channel.h"

namespace webex_gateway::client {

// `error` with a hint behind its message, naming webexctl's flags, where no connection came about for a cause that is
// known.
CallError WithHint(CallError error, const ConnectOptions& options);

}  // namespace webex_gateway::client
