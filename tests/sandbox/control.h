// The control endpoint, for tests and demos: JSON, no bearer, no latency, never a fault.
//
//   GET    /sandbox/stats        counts of requests and effects, see stats.h
//   GET    /sandbox/workspaces   {"items": [every workspace, oldest first]}
//   GET    /sandbox/attempts     {"items": [{"trackingId", "traceparent", "tracestate"} as sent with each of the last
//                                orders, at most 100, oldest first]}
//   GET    /sandbox/config       the settings in force
//   PUT    /sandbox/config       changes the given ones of latencyMs, jitterMs, limiter, rateLimit, burst, windowMs,
//                                retryAfter, token, tokenLifetimeMs, rotateRefreshToken, and answers like GET
//   GET    /sandbox/faults       {"items": [every fault still to come]}
//   POST   /sandbox/faults       adds one fault or an array of them, see faults.h, and answers like GET
//   DELETE /sandbox/faults       clears them
//   DELETE /sandbox/tokens       invalidates every token issued by /v1/access_token
//   POST   /sandbox/reset        restores the state at start, without the faults of --fault
//
// An invalid request is answered with 400, 404 or 405 and {"error": what is wrong}, and changes nothing.
#pragma once

#include "tests/sandbox/http_message.h"
#include "tests/sandbox/world.h"

namespace webex_gateway::sandbox {

Answer AnswerControl(World& world, const Request& request);

}  // namespace webex_gateway::sandbox
