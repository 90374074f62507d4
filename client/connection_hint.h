// What a user can do about a gateway that cannot be reached.
#pragma once

#include "webex_gateway/call_error.h"
#include "webex_gateway/channel.h"

namespace webex_gateway::client {

// `error` with a hint after its message that names webexctl's flags, if no connection was made for a known cause.
CallError WithHint(CallError error, const ConnectOptions& options);

}  // namespace webex_gateway::client
