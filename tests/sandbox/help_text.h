// The parts of --help other than the flags.
#pragma once

namespace webex_gateway::sandbox {

inline constexpr char kHelpBefore[] =
    R"(webex-sandbox emulates Webex's REST API for BroadWorks workspaces. It keeps its state in memory.

  POST   /v1/broadworks/workspaces       provisions a workspace
  PUT    /v1/broadworks/workspaces/{id}  updates it
  DELETE /v1/broadworks/workspaces/{id}  removes it
  POST   /v1/access_token                issues an access token for a refresh token

)";

inline constexpr char kHelpAfter[] =
    R"(Every flag is also read from the environment: WEBEX_SANDBOX_LATENCY=20ms is --latency=20ms.

Control endpoint (JSON, no token)
  GET    /sandbox/stats        counts of requests and effects
  GET    /sandbox/workspaces   every workspace
  GET    /sandbox/config       the settings in force; PUT changes latencyMs, jitterMs, limiter,
                               rateLimit, burst, windowMs, retryAfter, token, tokenLifetimeMs,
                               rotateRefreshToken; a changed limit starts afresh
  GET    /sandbox/faults       the faults to come; POST adds, DELETE clears
  DELETE /sandbox/tokens       invalidates every token issued so far
  POST   /sandbox/reset        restores the state at start, without faults

Limits (--limiter and the flags after it, PUT /sandbox/config): an order beyond the limit is answered with 429
  bucket          a token bucket that fills at the rate and holds at most the burst
  fixed_window    rate times window orders in each window, at least 1
  sliding_window  the same number in any period as long as the window
  under_way       at most the burst of orders whose answers have not begun yet (--latency), at any rate

  curl -X PUT localhost:8080/sandbox/config -d '{"rateLimit":50,"burst":10,"retryAfter":"5"}'
  curl -X PUT localhost:8080/sandbox/config \
    -d '{"limiter":"fixed_window","rateLimit":5,"windowMs":60000,"retryAfter":"rest"}'

Faults (--fault, POST /sandbox/faults): one JSON object or an array of them
  at, count       the first request affected, 1 being the next, and how many (0: all from there on)
  path            "workspaces" (POST, PUT and DELETE; the default) or "token"
  kind            status   answers with status, headers, contentType, body
                  close    ends the connection without an answer; reset does so with an RST
                  half     complete headers, half of the body, end of the connection
                  garbage  bytes that are not HTTP, end of the connection
                  drip     the answer byte by byte, delayMs apart
                  hang     no answer, for delayMs or until the client disconnects
  when            close, reset, hang: "before" the body is read, "after" (the default), or, not for
                  hang, inside the answer's "headers"
  applied         whether the order takes effect nevertheless
  headers         of the answer; null omits one that is otherwise added (TrackingID, ...)

  {"at":2,"kind":"status","status":503,"headers":{"Retry-After":"2"},"body":""}
  {"kind":"close","when":"before"}
)";

}  // namespace webex_gateway::sandbox
