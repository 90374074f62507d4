// How any HTTP request leaves this process: one verb, HttpClient::Send. The wire implements it, and so does each
// decorator around the wire (stack.h has the order).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/base/async.h"
#include "server/base/clock.h"
#include "server/base/lease.h"
#include "server/base/trace_context.h"

namespace webex_gateway {

struct HttpHeader {
  std::string name;
  std::string value;
};

struct HttpRequest {
  std::string method;
  std::string target;  // path and query below the base URL, percent-encoded, from its "/" on
  std::vector<HttpHeader> headers;
  std::string body;
  // The server may receive it twice without harm (GET, PUT, DELETE). If false, the request must never reach the server
  // again once it may have arrived.
  bool repeatable = false;
};

// An answer, whatever its status code: a 404 is a success of Send.
struct HttpAnswer {
  int status = 0;
  std::vector<HttpHeader> headers;
  std::string body;
  // The answer refuses the credentials, and others are available: the next attempt may succeed.
  bool credentials_renewed = false;
  // This gateway has refused to send the request again sooner: for the caller this counts, not Retry-After.
  std::optional<absl::Duration> refused_for = {};
};

// The first header of that name, in any letter case.
std::optional<absl::string_view> FindHeader(const std::vector<HttpHeader>& headers, absl::string_view name);

// What the caller of Send provides and learns about one call. It must not move while Send runs; only for the loop's
// thread.
struct Call {
  std::string request_id;
  // The account for limits that callers share; if empty, these calls share one queue.
  std::string account;
  // After this nothing is sent and nothing is waited for any more. A request sent by then continues to its attempt's
  // limit.
  Clock::Time deadline;
  // The caller has gone: as if the deadline had passed.
  std::stop_token stop;
  // The lease under which the order was claimed; null if none is needed.
  std::shared_ptr<const Lease> lease;
  TraceContext trace;
  // The path of its requests as their method declares it, with names in place of values: it says nothing of the order.
  absl::string_view route;

  // Kept by the layers below:
  int attempts = 0;     // passed to the wire so far
  std::string span_id;  // the last attempt's, in the trace
  int64_t turn = 0;     // its position in the order of arrival, from 1 on; 0: it has not arrived
  // An attempt may have reached the server and has no answer yet.
  bool in_flight = false;
  // An attempt that has ended may have had an effect at the server: its answer was lost, or does not show it (303, 408,
  // 5xx except 501). Later results, such as a refusal, do not change that.
  bool maybe_acted = false;
};

// Whether the call's lease in the ledger, if it has one, still holds.
inline bool HoldsLease(const Call& call, Clock::Time now) { return call.lease == nullptr || call.lease->Holds(now); }

// Why there was no answer.
enum class SendFailure {
  kUnreachable,  // name lookup, connect or handshake failed, or the connection broke before the request was sent
  kCertificate,  // the server's certificate was refused, or it requires one of ours
  kAnswerLost,   // the request was sent; its answer did not arrive, or could not be read
  kNoToken,      // the gateway has no credentials to send
  kOverloaded,   // too many calls here already, or the call could not be sent in time
  kRateLimited,  // the same, because of Webex's rate limit: more room here would send none sooner
  kCircuitOpen,  // Webex has failed too often recently: nothing is sent for a while
  kDeadline,     // Call::deadline passed before the request was sent
  kCancelled,    // the caller left before the request was sent
  kLeaseLost,    // Call::lease expired before the request was sent
};

// For logs and metrics: "unreachable", "answer_lost", and so on.
absl::string_view NameOf(SendFailure failure);

// An error of Send. Its status message states what happened, for logs and callers: it never contains a secret.
//
// Only with kAnswerLost may the request have reached the server. So an error without a mark counts as kAnswerLost: when
// in doubt, it may have been sent.
absl::Status SendError(SendFailure failure, absl::string_view message);
SendFailure SendFailureOf(const absl::Status& error);
// When the call may succeed, if the layer that refused it knows.
absl::Status SendError(SendFailure failure, absl::string_view message, absl::Duration retry_after);
std::optional<absl::Duration> RetryAfterOf(const absl::Status& error);
// The library's message, only for the log: it would mislead callers. Empty if the status message has everything.
absl::Status WithCause(absl::Status error, absl::string_view cause);
std::string CauseOf(const absl::Status& error);
// kDeadline: there was no connection although there was a second or more for it, so the server may be out of reach.
absl::Status WithoutConnection(absl::Status error);
bool LackedConnection(const absl::Status& error);
inline bool MaybeSent(SendFailure failure) { return failure == SendFailure::kAnswerLost; }

// Whether the call's request may still leave now; otherwise the error that says why not. Check it at the last moment,
// after everything that may take time: timers are not sufficient, since those of a suspended process are late.
absl::Status MayLeave(const Call& call, Clock::Time now);
// From when on time alone forbids it.
Clock::Time MayLeaveUntil(const Call& call);

class HttpClient {
 public:
  virtual ~HttpClient() = default;

  // Sends `request` at most once, or as often as the decorator promises. `call` must outlive the returned coroutine's
  // run. Errors are created by SendError.
  virtual Async<absl::StatusOr<HttpAnswer>> Send(HttpRequest request, Call& call) = 0;
};

}  // namespace webex_gateway
