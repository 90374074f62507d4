// What /metrics shows about requests to Webex.
#pragma once

#include "server/base/reading.h"
#include "server/http/stack.h"
#include "server/http/token_source.h"
#include "server/http/wire.h"

namespace webex_gateway {

Readings ReadingsOf(const WireCounts& wire);
Readings ReadingsOf(const StackStatus& stack);
// NaN for an unknown lifetime: no comparison is true for it, so no alert fires.
Readings ReadingsOf(const TokenHealth& token);

}  // namespace webex_gateway
