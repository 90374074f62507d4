// Converts our request to the library's, and its answer to ours.
#pragma once

#include <memory>
#include <string>

#include "server/http/cpprest/attempt.h"
#include "server/http/cpprest/connections.h"

namespace webex_gateway {

// Sends the attempt's request to `address`. Attempt::over is set when it has its result.
void BeginExchange(const std::shared_ptr<Attempt>& attempt, const std::shared_ptr<Connections>& connections,
                   const std::string& address);

}  // namespace webex_gateway
