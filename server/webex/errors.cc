#include "server/webex/errors.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/http/effect.h"
#include "server/http/retry_after.h"
#include "server/webex/error_body.h"

namespace webex_gateway {
namespace {

// For all attempts: the last one says nothing about those before.
Outcome OutcomeOf(const Call& call, bool last_may_have_acted) {
  return call.maybe_acted || last_may_have_acted ? Outcome::kUnknown : Outcome::kNotApplied;
}

using Code = absl::StatusCode;

constexpr absl::Duration kDefaultRetryAfter = absl::Seconds(1);
constexpr absl::Duration kAfterLimit = absl::Seconds(5);  // if a 429 does not say how long
constexpr size_t kMaxTrackingId = 128;
constexpr char kAlreadyAssociated[] = "10022";

// Whether the caller may repeat the call unchanged, after a wait.
enum class Repeat { kNo, kYes, kWithRetryAfter };

struct Row {
  int status;
  Code code;
  const char* reason;
  Repeat repeat;
  const char* message;  // used if Webex sends none
};

constexpr char kCredentials[] = "Webex refuses the gateway's credentials (not the caller's)";

constexpr Row kRows[] = {
    {303, Code::kInternal, "WEBEX_REDIRECTED", Repeat::kNo,
     "Webex says to look elsewhere for the result; redirects are not followed"},
    {400, Code::kInvalidArgument, "WEBEX_INVALID_REQUEST", Repeat::kNo, "Webex finds the request invalid"},
    {401, Code::kUnauthenticated, "WEBEX_UNAUTHENTICATED", Repeat::kNo, kCredentials},
    {403, Code::kPermissionDenied, "WEBEX_FORBIDDEN", Repeat::kNo, "Webex forbids this to the gateway's account"},
    {404, Code::kNotFound, "WEBEX_NOT_FOUND", Repeat::kNo, "Webex does not know what the request names"},
    {405, Code::kUnimplemented, "WEBEX_METHOD_NOT_ALLOWED", Repeat::kNo, "Webex does not allow this method"},
    {408, Code::kInvalidArgument, "WEBEX_REJECTED", Repeat::kNo, "Webex gave up waiting for the request"},
    {409, Code::kAborted, "WEBEX_CONFLICT", Repeat::kNo, "the request conflicts with what exists in Webex"},
    {410, Code::kNotFound, "WEBEX_GONE", Repeat::kNo, "what the request names is gone from Webex"},
    {415, Code::kInternal, "WEBEX_UNSUPPORTED_MEDIA_TYPE", Repeat::kNo, "Webex does not accept JSON here"},
    {423, Code::kUnavailable, "WEBEX_LOCKED", Repeat::kWithRetryAfter, "Webex has locked the resource for now"},
    {428, Code::kFailedPrecondition, "WEBEX_PRECONDITION_REQUIRED", Repeat::kNo, "Webex asks for a precondition"},
    {429, Code::kResourceExhausted, "WEBEX_RATE_LIMITED", Repeat::kYes, "Webex's rate limit is reached"},
    {500, Code::kInternal, "WEBEX_INTERNAL", Repeat::kNo, "Webex failed"},
    {501, Code::kUnimplemented, "WEBEX_NOT_IMPLEMENTED", Repeat::kNo, "Webex does not implement this"},
    {502, Code::kUnavailable, "WEBEX_BAD_GATEWAY", Repeat::kNo, "a gateway before Webex got no valid answer"},
    {503, Code::kUnavailable, "WEBEX_OVERLOADED", Repeat::kWithRetryAfter, "Webex is overloaded"},
    {504, Code::kDeadlineExceeded, "WEBEX_TIMEOUT", Repeat::kNo, "a gateway before Webex got no answer in time"},
};

// The rows that are not for one status.
constexpr Row kRedirected = {0, Code::kInternal, "WEBEX_REDIRECTED", Repeat::kNo,
                             "Webex redirects the request elsewhere; redirects are not followed"};
constexpr Row kRejected = {0, Code::kInvalidArgument, "WEBEX_REJECTED", Repeat::kNo, "Webex rejects the request"};
constexpr Row kFailed = {0, Code::kInternal, "WEBEX_FAILED", Repeat::kNo, "Webex failed"};
constexpr Row kAlreadyExists = {0, Code::kAlreadyExists, kAlreadyExistsReason, Repeat::kNo,
                                "the user is already associated with a workspace or person"};

Row RowOfStatus(int status) {
  for (const Row& row : kRows) {
    if (row.status == status) return row;
  }
  if (status >= 300 && status < 400) return kRedirected;
  if (status >= 400 && status < 500) return kRejected;
  return kFailed;
}

bool Mentions(const WebexErrorBody& body, absl::string_view lower_case_text) {
  return absl::StrContains(absl::AsciiStrToLower(body.message), lower_case_text);
}

bool SaysTokenInvalid(const WebexErrorBody& body) { return Mentions(body, "invalid access token"); }

bool SaysAlreadyAssociated(const WebexErrorBody& body) {
  return body.code == kAlreadyAssociated || Mentions(body, "already associated");
}

// The table's rows that depend on more than the status.
Row RowOfAnswer(int status, const WebexErrorBody& body, absl::string_view method) {
  if (status == 400 && SaysTokenInvalid(body)) return RowOfStatus(401);
  if ((status == 400 || status == 409) && SaysAlreadyAssociated(body)) return kAlreadyExists;
  Row row = RowOfStatus(status);
  if (status == 409 && method == "POST") row.code = Code::kAlreadyExists;
  return row;
}

// The first of the ids in `value`, if it looks like one: it goes into the caller's trailing metadata and the log, where
// an address or a number would be a leak.
std::string CleanTrackingId(absl::string_view value) {
  value = absl::StripAsciiWhitespace(value.substr(0, value.find(',')));
  const bool clean = value.size() <= kMaxTrackingId && std::all_of(value.begin(), value.end(), [](unsigned char c) {
                       return absl::ascii_isalnum(c) || absl::StrContains("_-.:", c);
                     });
  return clean ? std::string(value) : "";
}

std::string HeaderTrackingId(const HttpAnswer& answer) {
  return CleanTrackingId(FindHeader(answer.headers, "TrackingID").value_or(""));
}

std::string BodyFirstTrackingId(const WebexErrorBody& body, const HttpAnswer& answer) {
  std::string id = CleanTrackingId(body.tracking_id);
  return id.empty() ? HeaderTrackingId(answer) : id;
}

std::map<std::string, std::string> MetadataOf(const Call& call, const HttpAnswer& answer, const std::string& code) {
  return {{"http_status", absl::StrCat(answer.status)},
          {"webex_error_code", code},
          {"attempts", absl::StrCat(call.attempts)},
          {"request_id", call.request_id}};
}

std::string MessageOf(const Row& row, const WebexErrorBody& body) {
  if (body.message.empty()) return row.message;
  return absl::StrCat(row.message, ": ", body.message);
}

constexpr char kSentBefore[] = "an earlier attempt may have had an effect, and nothing was sent since";

// The table in proto/README.md for a call without an answer.
struct SendRow {
  Code code;
  const char* reason;
  Repeat repeat;
  const char* message;  // its meaning; the failure's own message follows
};

SendRow RowOfFailure(SendFailure failure, bool maybe_acted) {
  switch (failure) {
    case SendFailure::kUnreachable:
      return {Code::kUnavailable, "WEBEX_UNREACHABLE", Repeat::kYes, "Webex cannot be reached"};
    case SendFailure::kCertificate:
      return {Code::kUnavailable, "WEBEX_TLS_FAILED", Repeat::kNo, "no secure connection to Webex"};
    case SendFailure::kNoToken:
      return {Code::kUnauthenticated, "WEBEX_UNAUTHENTICATED", Repeat::kWithRetryAfter,
              "the gateway has no usable token for Webex"};
    case SendFailure::kOverloaded:
      return {Code::kUnavailable, "GATEWAY_OVERLOADED", Repeat::kYes, "the gateway is overloaded"};
    case SendFailure::kRateLimited:
      return {Code::kResourceExhausted, "WEBEX_RATE_LIMITED", Repeat::kYes, "Webex limits the rate of requests"};
    case SendFailure::kCircuitOpen:
      return {Code::kUnavailable, "WEBEX_CIRCUIT_OPEN", Repeat::kYes, maybe_acted ? kSentBefore : "nothing was sent"};
    case SendFailure::kDeadline:
      if (maybe_acted) return {Code::kDeadlineExceeded, "DEADLINE_AFTER_SENT", Repeat::kNo, kSentBefore};
      return {Code::kDeadlineExceeded, "DEADLINE_BEFORE_SENT", Repeat::kNo, "nothing was sent"};
    case SendFailure::kCancelled:
      if (maybe_acted) return {Code::kCancelled, "CANCELLED_AFTER_SENT", Repeat::kNo, kSentBefore};
      return {Code::kCancelled, "CANCELLED_BEFORE_SENT", Repeat::kNo, "nothing was sent"};
    case SendFailure::kLeaseLost:
      return {Code::kUnavailable, "LEDGER_UNAVAILABLE", Repeat::kYes, maybe_acted ? kSentBefore : "nothing was sent"};
    case SendFailure::kAnswerLost:
      break;
  }
  return {Code::kUnavailable, "WEBEX_ANSWER_LOST", Repeat::kNo,
          "the order was sent, but Webex's answer was lost or cannot be read"};
}

}  // namespace

absl::Status ErrorOfAnswer(const HttpAnswer& answer, absl::string_view method, const Call& call, absl::Time now) {
  const WebexErrorBody body = ReadErrorBody(answer.body);
  const std::optional<absl::Duration> retry_after = RetryAfterIn(answer, now);
  const Row row = RowOfAnswer(answer.status, body, method);
  const Effect effect = EffectOf(answer.status, retry_after.has_value());
  Error error{.code = row.code,
              .reason = row.reason,
              .message = MessageOf(row, body),
              .outcome = OutcomeOf(call, effect != Effect::kNone),
              .metadata = MetadataOf(call, answer, body.code),
              .tracking_id = BodyFirstTrackingId(body, answer)};
  if (row.repeat != Repeat::kNo) error.retry_after = answer.refused_for ? answer.refused_for : retry_after;
  if (row.repeat == Repeat::kYes && !error.retry_after) error.retry_after = kAfterLimit;
  if (row.code == Code::kInvalidArgument) error.violations = body.violations;
  return ToStatus(error);
}

absl::Status UnreadableAnswer(const HttpAnswer& answer, const Call& call, absl::string_view why,
                              absl::string_view workspace_id) {
  std::map<std::string, std::string> metadata = MetadataOf(call, answer, "");
  metadata["webex_workspace_id"] = std::string(workspace_id);
  return ToStatus({.code = Code::kInternal,
                   .reason = "WEBEX_ANSWER_UNREADABLE",
                   .message = absl::StrCat("Webex accepted the order, but its answer ", why),
                   .outcome = Outcome::kUnknown,
                   .metadata = std::move(metadata),
                   .tracking_id = TrackingIdOf(answer)});
}

absl::Status ErrorOfSend(const absl::Status& failed, const Call& call) {
  const SendFailure failure = SendFailureOf(failed);
  const SendRow row = RowOfFailure(failure, call.maybe_acted);
  Error error{.code = row.code,
              .reason = row.reason,
              .message = absl::StrCat(row.message, ": ", failed.message()),
              .outcome = OutcomeOf(call, MaybeSent(failure)),
              .metadata = {{"attempts", absl::StrCat(call.attempts)}, {"request_id", call.request_id}}};
  if (row.repeat != Repeat::kNo) error.retry_after = RetryAfterOf(failed);
  if (row.repeat == Repeat::kYes && !error.retry_after) error.retry_after = kDefaultRetryAfter;
  return ToStatus(error);
}

bool RefusesAccessToken(const HttpAnswer& answer) {
  return answer.status == 401 || (answer.status == 400 && SaysTokenInvalid(ReadErrorBody(answer.body)));
}

std::string TrackingIdOf(const HttpAnswer& answer) {
  // A workspace does not contain the exchange's id, so its body need not be searched for one.
  const bool success = answer.status >= 200 && answer.status < 300;
  std::string header = HeaderTrackingId(answer);
  if (success && !header.empty()) return header;
  return BodyFirstTrackingId(ReadErrorBody(answer.body), answer);
}

}  // namespace webex_gateway
