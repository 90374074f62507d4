#include "server/http/http.h"

#include <algorithm>

#include "absl/strings/match.h"

namespace webex_gateway {
namespace {

constexpr char kFailurePayload[] = "webex-gateway/send-failure";
constexpr char kRetryAfterPayload[] = "webex-gateway/retry-after";
constexpr char kCausePayload[] = "webex-gateway/cause";
constexpr char kNoConnectionPayload[] = "webex-gateway/no-connection";

absl::StatusCode CodeOf(SendFailure failure) {
  switch (failure) {
    case SendFailure::kUnreachable:
    case SendFailure::kCertificate:
    case SendFailure::kAnswerLost:
    case SendFailure::kLeaseLost:
      return absl::StatusCode::kUnavailable;
    case SendFailure::kNoToken:
      return absl::StatusCode::kUnauthenticated;
    case SendFailure::kOverloaded:
    case SendFailure::kRateLimited:
    case SendFailure::kCircuitOpen:
      return absl::StatusCode::kResourceExhausted;
    case SendFailure::kDeadline:
      return absl::StatusCode::kDeadlineExceeded;
    case SendFailure::kCancelled:
      return absl::StatusCode::kCancelled;
  }
  return absl::StatusCode::kUnknown;
}

}  // namespace

std::optional<absl::string_view> FindHeader(const std::vector<HttpHeader>& headers, absl::string_view name) {
  for (const HttpHeader& header : headers) {
    if (absl::EqualsIgnoreCase(header.name, name)) return header.value;
  }
  return std::nullopt;
}

absl::string_view NameOf(SendFailure failure) {
  switch (failure) {
    case SendFailure::kUnreachable:
      return "unreachable";
    case SendFailure::kCertificate:
      return "certificate_refused";
    case SendFailure::kAnswerLost:
      return "answer_lost";
    case SendFailure::kNoToken:
      return "no_token";
    case SendFailure::kOverloaded:
      return "overloaded";
    case SendFailure::kRateLimited:
      return "rate_limited";
    case SendFailure::kCircuitOpen:
      return "circuit_open";
    case SendFailure::kDeadline:
      return "deadline";
    case SendFailure::kCancelled:
      return "cancelled";
    case SendFailure::kLeaseLost:
      return "lease_lost";
  }
  return "";
}

absl::Status SendError(SendFailure failure, absl::string_view message) {
  absl::Status status(CodeOf(failure), message);
  status.SetPayload(kFailurePayload, absl::Cord(std::string(1, static_cast<char>(failure))));
  return status;
}

absl::Status SendError(SendFailure failure, absl::string_view message, absl::Duration retry_after) {
  absl::Status status = SendError(failure, message);
  status.SetPayload(kRetryAfterPayload, absl::Cord(absl::FormatDuration(retry_after)));
  return status;
}

SendFailure SendFailureOf(const absl::Status& error) {
  const absl::optional<absl::Cord> payload = error.GetPayload(kFailurePayload);
  return payload ? static_cast<SendFailure>((*payload)[0]) : SendFailure::kAnswerLost;
}

std::optional<absl::Duration> RetryAfterOf(const absl::Status& error) {
  const absl::optional<absl::Cord> payload = error.GetPayload(kRetryAfterPayload);
  absl::Duration wait;
  if (!payload || !absl::ParseDuration(std::string(*payload), &wait)) return std::nullopt;
  return wait;
}

absl::Status WithCause(absl::Status error, absl::string_view cause) {
  error.SetPayload(kCausePayload, absl::Cord(cause));
  return error;
}

std::string CauseOf(const absl::Status& error) {
  const absl::optional<absl::Cord> payload = error.GetPayload(kCausePayload);
  return payload ? std::string(*payload) : "";
}

absl::Status WithoutConnection(absl::Status error) {
  error.SetPayload(kNoConnectionPayload, absl::Cord());
  return error;
}

bool LackedConnection(const absl::Status& error) { return error.GetPayload(kNoConnectionPayload).has_value(); }

absl::Status MayLeave(const Call& call, Clock::Time now) {
  if (call.stop.stop_requested()) return SendError(SendFailure::kCancelled, "the caller left before the request");
  if (now >= call.deadline) return SendError(SendFailure::kDeadline, "the deadline passed before the request was sent");
  if (!HoldsLease(call, now)) {
    return SendError(SendFailure::kLeaseLost, "the gateway's lease in the ledger expired before the request was sent");
  }
  return absl::OkStatus();
}

Clock::Time MayLeaveUntil(const Call& call) {
  return call.lease == nullptr ? call.deadline : std::min(call.deadline, call.lease->until);
}

}  // namespace webex_gateway
