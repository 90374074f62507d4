// What is wrapped round the wire, each a decorator of HttpClient::Send that owns the client below it.
#pragma once

#include <memory>
#include <string>

#include "absl/random/bit_gen_ref.h"
#include "server/http/http.h"

namespace webex_gateway {

// ---- Admission: how many calls may be under way.

struct AdmissionOptions {
  int max_calls = 64;     // at the same time, the rest waits; at least 1
  int max_queued = 1000;  // waiting; beyond that a call is refused
};

// Lets `max_calls` through at a time, first come, first served. Refuses a call (kOverloaded) that finds the queue full,
// and one whose deadline comes (kDeadline) or whose caller leaves (kCancelled) while it waits.
std::unique_ptr<HttpClient> WithAdmission(std::unique_ptr<HttpClient> next, Clock& clock, AdmissionOptions options);

// ---- Telemetry: who may watch.

// One Send, seen from where the observer sits.
struct SendReport {
  absl::string_view stage;  // "call": with its retries; "attempt": one try
  absl::string_view method;
  const Call& call;
  const absl::StatusOr<HttpAnswer>& result;
  absl::Duration elapsed;
};

class SendObserver {
 public:
  virtual ~SendObserver() = default;
  virtual void OnSent(const SendReport& report) = 0;
};

// Reports every Send, once, when it is over. `stage` is a literal.
std::unique_ptr<HttpClient> WithTelemetry(std::unique_ptr<HttpClient> next, Clock& clock, SendObserver& observer,
                                          absl::string_view stage);

// ---- Retry: when a call is tried again.

struct RetryOptions {
  absl::Duration first_backoff = absl::Milliseconds(200);
  absl::Duration max_backoff = absl::Seconds(10);
  int max_failures = 5;  // attempts that may fail, those that met a 429 not counted
};

// The longest wait before the attempt that follows `failures` failed ones; the wait itself is drawn evenly from its
// upper half.
absl::Duration BackoffCeiling(const RetryOptions& options, int failures);

// Tries again what certainly had no effect and may go better later:
//   * no connection (not a refused certificate);
//   * 429, and 423 or 503 that bear a readable Retry-After;
//   * a refused token, once, and only where another is at hand;
//   * for a repeatable request also a lost answer, 408 and any 5xx but 501.
// The wait is a growing random backoff or Retry-After, whichever is longer. A wait that would pass the call's deadline
// is not begun: the last result is the call's. Each attempt gets a TrackingID header of its own, so that Cisco's
// support can tell them apart.
std::unique_ptr<HttpClient> WithRetry(std::unique_ptr<HttpClient> next, Clock& clock, absl::BitGenRef random,
                                      RetryOptions options);

// ---- Auth: the credentials, fresh for each attempt.

// Bearer tokens. For the loop's thread only.
class TokenSource {
 public:
  virtual ~TokenSource() = default;
  // The token to send now: visible ASCII, not empty. An error says what is wrong with the source, never its content.
  virtual absl::StatusOr<std::string> Token() = 0;
  // Webex refused `token`. Whether Token() has another to offer.
  virtual bool HasOtherThan(const std::string& token) = 0;
};

// Whether an answer says that the token is not valid. Where Webex does not say so by a plain 401, its own layer knows.
using RefusesToken = bool (*)(const HttpAnswer& answer);

// Adds `Authorization: Bearer`. Innermost, so that nothing but the wire sees the token. A source without a token is
// kNoToken.
std::unique_ptr<HttpClient> WithAuth(std::unique_ptr<HttpClient> next, TokenSource& tokens, RefusesToken refuses);

// ---- All of them.

struct StackOptions {
  AdmissionOptions admission;
  RetryOptions retry;
};

// The decorators in their order, with why. What is passed by reference must outlive the result.
std::unique_ptr<HttpClient> BuildStack(std::unique_ptr<HttpClient> wire, Clock& clock, absl::BitGenRef random,
                                       TokenSource& tokens, RefusesToken refuses, SendObserver& observer,
                                       const StackOptions& options);

}  // namespace webex_gateway
