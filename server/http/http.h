// How any HTTP request leaves this process: one verb, HttpClient::Send. The wire implements it, and so does each
// concern that is wrapped round the wire (stack.h says in which order).
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
  // The server may see it twice without harm (GET, PUT, DELETE). Where this is false, nothing may ever let the request
  // reach the server again once it may have arrived.
  bool repeatable = false;
};

// An answer, whatever its status code: a 404 is a success of Send.
struct HttpAnswer {
  int status = 0;
  std::vector<HttpHeader> headers;
  std::string body;
  // The answer refuses the credentials, and others are at hand: the next attempt may fare better.
  bool credentials_renewed = false;
};

// The first header of that name, in any letter case.
std::optional<absl::string_view> FindHeader(const std::vector<HttpHeader>& headers, absl::string_view name);

// What the caller of Send knows and wants to know of one call. It stays put while Send runs; loop's thread only.
struct Call {
  std::string request_id;
  // Whose it is, where callers share what is bounded; their calls are in one queue where it is empty.
  std::string account;
  // After this nothing is sent and nothing is waited for any more. What has left by then runs on to its attempt's
  // limit.
  Clock::Time deadline;
  // The caller has gone: as if the deadline had passed.
  std::stop_token stop;
  // The lease under which the order was claimed; null where none is needed.
  std::shared_ptr<const Lease> lease;
  TraceContext trace;
  // The path of its requests as their method declares it, with names in place of values: it says nothing of the order.
  absl::string_view route;

  // Kept by the layers below:
  int attempts = 0;     // given to the wire so far
  std::string span_id;  // the last attempt's, in the trace
  int64_t turn = 0;     // its place in the order of arrival, from 1 on; 0: it has not arrived
  // An attempt may have reached the server and has no answer yet.
  bool in_flight = false;
  // An attempt that has ended may have had its effect at the server: its answer was lost, or does not tell (408, 5xx
  // but 501). What came after it, a refusal say, does not undo that.
  bool maybe_acted = false;
};

// Whether what `call` goes by in the ledger, if it goes by anything, still holds.
inline bool HoldsLease(const Call& call, Clock::Time now) { return call.lease == nullptr || call.lease->Holds(now); }

// Why no answer came.
enum class SendFailure {
  kUnreachable,  // name lookup, connect or handshake failed, or the connection broke before the request was out
  kCertificate,  // the server's certificate was refused, or it refused to go on without one of ours
  kAnswerLost,   // the request went out; its answer did not come, or could not be read
  kNoToken,      // the gateway has no credentials to send
  kOverloaded,   // too many calls here already, or the call could not be sent in time
  kRateLimited,  // likewise, and it is Webex's rate limit that holds them up: more room here would send none sooner
  kCircuitOpen,  // Webex has failed too often of late: nothing is sent for a while
  kDeadline,     // Call::deadline came before the request went out
  kCancelled,    // the caller left before the request went out
  kLeaseLost,    // Call::lease ran out before the request went out
};

// For logs and metrics: "unreachable", "answer_lost", and so on.
absl::string_view NameOf(SendFailure failure);

// An error of Send. Its status message says what happened, for logs and callers: it never holds a secret.
//
// Only kAnswerLost may have reached the server. So an error that nobody marked counts as kAnswerLost: when in doubt, it
// may have been sent.
absl::Status SendError(SendFailure failure, absl::string_view message);
SendFailure SendFailureOf(const absl::Status& error);
// When the call may fare better, where the one who refused it knows.
absl::Status SendError(SendFailure failure, absl::string_view message, absl::Duration retry_after);
std::optional<absl::Duration> RetryAfterOf(const absl::Status& error);
// What a library said of it, for the log alone: its words would mislead callers. Empty where the message has it all.
absl::Status WithCause(absl::Status error, absl::string_view cause);
std::string CauseOf(const absl::Status& error);
inline bool MaybeSent(SendFailure failure) { return failure == SendFailure::kAnswerLost; }

// Whether the call's request may leave now; else the error that says why it may not any more. To be asked at the last
// moment, after whatever may take time: timers do not suffice, since those of a process that was held up are late.
absl::Status MayLeave(const Call& call, Clock::Time now);

class HttpClient {
 public:
  virtual ~HttpClient() = default;

  // Sends `request` at most once, or as often as the decorator at hand promises. `call` must outlive the returned
  // coroutine's run. Errors are made by SendError.
  virtual Async<absl::StatusOr<HttpAnswer>> Send(HttpRequest request, Call& call) = 0;
};

}  // namespace webex_gateway
