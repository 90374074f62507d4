// What is wrapped round the wire, each a decorator of HttpClient::Send that owns the client below it; the wire itself
// is shared with what fetches tokens.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/random/bit_gen_ref.h"
#include "server/http/breaker.h"
#include "server/http/http.h"
#include "server/http/pace.h"

namespace webex_gateway {

// ---- Admission: how many calls may be under way.

struct AdmissionOptions {
  int max_calls = 64;     // at the same time, the rest waits; at least 1
  int max_queued = 1000;  // waiting; beyond that a call is refused
};

struct AdmissionStatus {
  int under_way = 0;
  int queued = 0;
};

// Lets `max_calls` through at a time. Those that wait take turns by account, so that a batch holds nobody up; of one
// account first come, first served. Refuses (kOverloaded) a call that finds the queue full, or where another account
// has more calls in it, the last of those in its stead; and at once a call that could not be sent before its deadline:
// because `pace` rests for longer, or because the queue is too long at the speed of late. A call whose deadline comes
// all the same while it waits is kDeadline, one whose caller leaves kCancelled. Keeps `status` up to date.
std::unique_ptr<HttpClient> WithAdmission(std::unique_ptr<HttpClient> next, Clock& clock, const Pace& pace,
                                          AdmissionStatus& status, AdmissionOptions options);

// ---- Telemetry: who may watch.

// One Send, seen from where the observer sits.
struct SendReport {
  absl::string_view stage;  // "call": with its retries; "attempt": one try; "refresh": not a call's, but for a token
  absl::string_view method;
  const Call& call;
  const absl::StatusOr<HttpAnswer>& result;
  absl::Duration elapsed;
};

// Why a call is tried again.
enum class RetryCause { kUnreachable, kRateLimited, kRetryAfter, kToken, kFailed };

class SendObserver {
 public:
  virtual ~SendObserver() = default;
  virtual void OnSent(const SendReport& report) = 0;
  virtual void OnRetry(RetryCause cause) = 0;
};

// Reports every Send, once, when it is over. `stage` is a literal.
std::unique_ptr<HttpClient> WithTelemetry(std::unique_ptr<HttpClient> next, Clock& clock, SendObserver& observer,
                                          absl::string_view stage);
// The same round a client that is shared; it must outlive the result.
std::unique_ptr<HttpClient> WithTelemetry(HttpClient& next, Clock& clock, SendObserver& observer,
                                          absl::string_view stage);

// ---- Retry: when a call is tried again.

struct RetryOptions {
  absl::Duration first_backoff = absl::Milliseconds(200);
  absl::Duration max_backoff = absl::Seconds(10);
  int max_failures = 5;  // attempts that may fail, those that met a 429 not counted
  // For all calls together, so that a Webex that fails is not stormed: each call earns a part of a retry, and these are
  // saved up to a maximum; besides, one is earned every second up to `least`. Waits for a 429 cost nothing.
  double earned_by_call = 0.2;
  double least = 10;
  double most = 100;
};

// The longest wait before the attempt that follows `failures` failed ones; the wait itself is drawn evenly from its
// upper half.
absl::Duration BackoffCeiling(const RetryOptions& options, int failures);

// Tries again what certainly had no effect and may go better later:
//   * no connection (not a refused certificate);
//   * 429, whose wait is the pace's business, and 423 or 503 that bear a readable Retry-After;
//   * a refused token, once, and only where another is at hand;
//   * for a repeatable request also a lost answer, 408 and any 5xx but 501.
// The wait is a growing random backoff or Retry-After, whichever is longer. A wait that would pass the call's deadline
// is not begun: the last result is the call's. So it is where the retries that all calls share are used up. Whether any
// attempt may have had its effect is in Call::maybe_acted, whatever the last one met.
std::unique_ptr<HttpClient> WithRetry(std::unique_ptr<HttpClient> next, Clock& clock, absl::BitGenRef random,
                                      SendObserver& observer, RetryOptions options);

// ---- Pace: how fast Webex takes requests.

// Holds each attempt until `pace` lets it leave, in the order in which the calls came; one that met a 429 is ahead of
// all that came later. An attempt that could not leave before its call's deadline is refused at once: kOverloaded.
std::unique_ptr<HttpClient> WithPace(std::unique_ptr<HttpClient> next, Clock& clock, Pace& pace);

// ---- Breaker: when Webex is better left in peace.

// Refuses attempts (kCircuitOpen) while `breaker` is open. Failures are attempts without an answer, and 5xx but 501.
std::unique_ptr<HttpClient> WithBreaker(std::unique_ptr<HttpClient> next, Clock& clock, Breaker& breaker);

// ---- Tracking: how an attempt is known at Webex, and in the trace of its call.

// Counts the call's attempts, and gives each a TrackingID header of its own, "WXGW_<request id>_<attempt>", so that
// Cisco's support can tell them apart; and, where the call belongs to a trace, a traceparent with a new span id, and
// the caller's tracestate as it is.
std::unique_ptr<HttpClient> WithTracking(std::unique_ptr<HttpClient> next, absl::BitGenRef random);

// ---- Auth: the credentials, fresh for each attempt.

// How it stands with the credentials, for readiness, metrics and log.
struct TokenHealth {
  bool usable = false;  // there is a token to send
  // What an operator has to mend, a sentence each, without secrets. A token may be usable all the same.
  std::vector<std::string> troubles;
  // The time left, negative once it is over; zero where there is no token. Nothing where it is not known.
  std::optional<absl::Duration> token_expires_in;
  std::optional<absl::Duration> refresh_token_expires_in;
};

// Bearer tokens. For the loop's thread only, but for construction.
class TokenSource {
 public:
  virtual ~TokenSource() = default;
  // The token to send now: visible ASCII, not empty. Where one must be fetched first, waits for it as long as `call`
  // does; a call that leaves ends the wait, not the fetching. Errors are SendError's; kNoToken says what is wrong with
  // the source, never its content.
  virtual Async<absl::StatusOr<std::string>> Token(const Call& call) = 0;
  // Webex refused `token`. Whether Token() has another to offer; waits likewise.
  virtual Async<bool> HasOtherThan(std::string token, const Call& call) = 0;
  // Not const: it may have to look at the source, so that one that is mended shows even while no call comes.
  virtual TokenHealth Health() = 0;
  // Begins what the source does on its own; until then it does nothing but what calls need.
  virtual void Start() {}
  // Ends that. `stopped` is called once nothing is under way: a source that has begun anything may be destroyed then
  // and no sooner. No call may be under way, and none may follow.
  virtual void Stop(std::function<void()> stopped) { stopped(); }
};

// Whether an answer says that the token is not valid. Where Webex does not say so by a plain 401, its own layer knows.
using RefusesToken = bool (*)(const HttpAnswer& answer);

// Adds `Authorization: Bearer`. Innermost, so that nothing but the wire sees the token. Without one nothing is sent:
// the error is the source's.
std::unique_ptr<HttpClient> WithAuth(HttpClient& wire, TokenSource& tokens, RefusesToken refuses);

// ---- All of them.

struct StackOptions {
  AdmissionOptions admission;
  RetryOptions retry;
};

// How the calls fare, for readiness and metrics.
struct StackStatus {
  AdmissionStatus admission;
  double pace = 0;        // requests a second; infinity while Webex has set no limit
  absl::Duration paused;  // for how long nothing is sent, after a 429; zero as a rule
  Breaker::State breaker = Breaker::State::kClosed;
};

class HttpStack {
 public:
  virtual ~HttpStack() = default;
  virtual HttpClient& client() = 0;
  virtual StackStatus Status() const = 0;
};

// The decorators in their order, with why. What is passed by reference must outlive the result.
std::unique_ptr<HttpStack> BuildStack(HttpClient& wire, Clock& clock, absl::BitGenRef random, TokenSource& tokens,
                                      RefusesToken refuses, SendObserver& observer, const StackOptions& options);

}  // namespace webex_gateway
