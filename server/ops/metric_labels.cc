#include "server/ops/metric_labels.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace webex_gateway {
namespace {

constexpr std::array<int, 21> kStatuses = {200, 201, 202, 204, 400, 401, 403, 404, 405, 408, 409,
                                           410, 415, 423, 428, 429, 500, 501, 502, 503, 504};

std::string ResultOf(int status) {
  if (std::find(kStatuses.begin(), kStatuses.end(), status) != kStatuses.end()) return absl::StrCat(status);
  if (status < 100 || status > 599) return "other";
  return absl::StrCat(status / 100, "xx");
}

}  // namespace

absl::string_view NameOf(RpcType type) {
  switch (type) {
    case RpcType::kUnary:
      return "unary";
    case RpcType::kServerStream:
      return "server_stream";
    case RpcType::kBidiStream:
      return "bidi_stream";
  }
  return "";
}

absl::string_view NameOf(RetryCause cause) {
  switch (cause) {
    case RetryCause::kUnreachable:
      return "unreachable";
    case RetryCause::kRateLimited:
      return "rate_limited";
    case RetryCause::kRetryAfter:
      return "retry_after";
    case RetryCause::kToken:
      return "token";
    case RetryCause::kFailed:
      return "failed";
  }
  return "";
}

const std::vector<Fate>& OrderFates() {
  static const auto& fates = *new std::vector<Fate>{
      {"applied", ""},
      {"validated", ""},
      {"not_applied", "CANCELLED_BEFORE_SENT"},
      {"not_applied", "DEADLINE_BEFORE_SENT"},
      {"not_applied", "GATEWAY_OVERLOADED"},
      {"not_applied", "GATEWAY_STOPPING"},
      {"not_applied", "INVALID_REQUEST"},
      {"not_applied", "LEDGER_UNAVAILABLE"},
      {"not_applied", "OPERATION_IN_PROGRESS"},
      {"not_applied", "OUTCOME_UNKNOWN"},
      {"not_applied", "REQUEST_ID_REUSED"},
      {"not_applied", "WEBEX_ALREADY_EXISTS"},
      {"not_applied", "WEBEX_CIRCUIT_OPEN"},
      {"not_applied", "WEBEX_CONFLICT"},
      {"not_applied", "WEBEX_FORBIDDEN"},
      {"not_applied", "WEBEX_GONE"},
      {"not_applied", "WEBEX_INVALID_REQUEST"},
      {"not_applied", "WEBEX_LOCKED"},
      {"not_applied", "WEBEX_METHOD_NOT_ALLOWED"},
      {"not_applied", "WEBEX_NOT_FOUND"},
      {"not_applied", "WEBEX_NOT_IMPLEMENTED"},
      {"not_applied", "WEBEX_OVERLOADED"},
      {"not_applied", "WEBEX_PRECONDITION_REQUIRED"},
      {"not_applied", "WEBEX_RATE_LIMITED"},
      {"not_applied", "WEBEX_REDIRECTED"},
      {"not_applied", "WEBEX_REJECTED"},
      {"not_applied", "WEBEX_TLS_FAILED"},
      {"not_applied", "WEBEX_UNAUTHENTICATED"},
      {"not_applied", "WEBEX_UNREACHABLE"},
      {"not_applied", "WEBEX_UNSUPPORTED_MEDIA_TYPE"},
      {"unchanged", "CANCELLED_BEFORE_SENT"},
      {"unchanged", "DEADLINE_BEFORE_SENT"},
      {"unchanged", "GATEWAY_STOPPING"},
      {"unchanged", "INVALID_REQUEST"},
      {"unchanged", "LEDGER_UNAVAILABLE"},
      {"unknown", "CANCELLED_AFTER_SENT"},
      {"unknown", "DEADLINE_AFTER_SENT"},
      {"unknown", "OPERATION_IN_PROGRESS"},
      {"unknown", "OPERATION_MAY_STILL_BE_SENT"},
      {"unknown", "OUTCOME_UNKNOWN"},
      {"unknown", "WEBEX_ANSWER_LOST"},
      {"unknown", "WEBEX_ANSWER_UNREADABLE"},
      {"unknown", "WEBEX_BAD_GATEWAY"},
      {"unknown", "WEBEX_FAILED"},
      {"unknown", "WEBEX_INTERNAL"},
      {"unknown", "WEBEX_OVERLOADED"},
      {"unknown", "WEBEX_REDIRECTED"},
      {"unknown", "WEBEX_REJECTED"},
      {"unknown", "WEBEX_TIMEOUT"},
  };
  return fates;
}

const std::vector<RetryCause>& RetryCauses() {
  static const auto& causes =
      *new std::vector<RetryCause>{RetryCause::kUnreachable, RetryCause::kRateLimited, RetryCause::kRetryAfter,
                                   RetryCause::kToken, RetryCause::kFailed};
  return causes;
}

std::string ResultOf(const absl::StatusOr<HttpAnswer>& answer) {
  return answer.ok() ? ResultOf(answer->status) : std::string(NameOf(SendFailureOf(answer.status())));
}

std::vector<std::string> AttemptResults() {
  std::vector<std::string> results = {"1xx", "2xx", "3xx", "4xx", "5xx", "other"};
  for (const int status : kStatuses) results.push_back(absl::StrCat(status));
  // Those from the wire and the token source; the others arise above the attempts.
  for (const SendFailure failure :
       {SendFailure::kUnreachable, SendFailure::kCertificate, SendFailure::kAnswerLost, SendFailure::kNoToken,
        SendFailure::kDeadline, SendFailure::kCancelled, SendFailure::kLeaseLost}) {
    results.emplace_back(NameOf(failure));
  }
  return results;
}

}  // namespace webex_gateway
