// A first request to Webex when the gateway starts, so that an operator need not wait for an order to learn that a
// name, a proxy or a certificate is wrong.
#pragma once

#include <stop_token>

#include "server/base/async.h"
#include "server/base/clock.h"
#include "server/http/cpprest/client.h"
#include "server/ops/log.h"
#include "server/options.h"

namespace webex_gateway {

WireOptions WireOptionsOf(const Options& options, Log& log);

// Logs whether Webex's host has an address and answers over trusted TLS, and with which status; as a warning if not, or
// if the answer is a redirect or a failure. The request carries no token, uses its own connection, and is counted
// nowhere. `clock` and `log` must outlive its run.
Async<void> LookAtWebex(Options options, Clock& clock, Log& log, std::stop_token stop);

}  // namespace webex_gateway
