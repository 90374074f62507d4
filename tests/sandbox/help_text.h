// The parts of --help that are no flags.
#pragma once

namespace webex_gateway::sandbox {

inline constexpr char kHelpBefore[] =
    R"(webex-sandbox emulates Webex's REST API for BroadWorks workspaces. It keeps its state in memory.

  POST   /v1/broadworks/workspaces       provisions a workspace
  PUT    /v1/broadworks/workspaces/{id}  updates it
  DELETE /v1/broadworks/workspaces/{id}  removes it
  POST   /v1/access_token                gives an access token for a refresh token

)";

inline constexpr char kHelpAfter[] =
    R"(Every flag is also read from the environment: WEBEX_SANDBOX_LATENCY=20ms is --latency=20ms.

Control endpoint (JSON, no token)
  GET    /sandbox/stats        what was seen and done
  GET    /sandbox/workspaces   every workspace held
  GET    /sandbox/config       the settings in force; PUT changes latencyMs, jitterMs, limiter,
                               rateLimit, burst, windowMs, retryAfter, token, tokenLifetimeMs,
                               rotateRefreshToken; another limit starts anew
  GET    /sandbox/faults       the faults to come; POST adds, DELETE clears
  DELETE /sandbox/tokens       makes every token given so far void
  POST   /sandbox/reset        everything as at the start, without faults

Limits (--limiter and what follows it, PUT /sandbox/config): an order beyond it is answered by 429
  bucket          a token bucket that fills at the rate, and holds the burst at most
  fixed_window    so many in each window, however they lie in it: rate times window, at least 1
  sliding_window  so many in any time as long as the window
  under_way       so many as the burst whose answers have not begun yet (--latency), at any rate

  curl -X PUT localhost:8080/sandbox/config -d '{"rateLimit":50,"burst":10,"retryAfter":"5"}'
  curl -X PUT localhost:8080/sandbox/config \
    -d '{"limiter":"fixed_window","rateLimit":5,"windowMs":60000,"retryAfter":"rest"}'

Faults (--fault, POST /sandbox/faults): one JSON object or an array of them
  at, count       the request to strike, 1 being the next, and how many from there on (0: for ever)
  path            "workspaces" (POST, PUT and DELETE; the default) or "token"
  kind            status   answers with status, headers, contentType, body
                  close    ends the connection without an answer; reset does so with an RST
                  half     whole headers, half of the body, end of the connection
                  garbage  bytes that are no HTTP, end of the connection
                  drip     the answer byte by byte, delayMs apart
                  hang     no answer, for delayMs or until the client goes
  when            close, reset, hang: "before" the body is read, "after" (the default), or, not for
                  hang, inside the answer's "headers"
  applied         whether the order takes effect all the same
  headers         of the answer; null leaves out one that is added otherwise (TrackingID, ...)

  {"at":2,"kind":"status","status":503,"headers":{"Retry-After":"2"},"body":""}
  {"kind":"close","when":"before"}
)";

}  // namespace webex_gateway::sandbox
