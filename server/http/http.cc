#include "server/http/http.h"

#include "absl/strings/match.h"

namespace webex_gateway {
namespace {

constexpr char kFailurePayload[] = "webex-gateway/send-failure";

absl::StatusCode CodeOf(SendFailure failure) {
  switch (failure) {
    case SendFailure::kUnreachable:
    case SendFailure::kCertificate:
    case SendFailure::kAnswerLost:
      return absl::StatusCode::kUnavailable;
    case SendFailure::kNoToken:
      return absl::StatusCode::kUnauthenticated;
    case SendFailure::kOverloaded:
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

absl::Status SendError(SendFailure failure, absl::string_view message) {
  absl::Status status(CodeOf(failure), message);
  status.SetPayload(kFailurePayload, absl::Cord(std::string(1, static_cast<char>(failure))));
  return status;
}

SendFailure SendFailureOf(const absl::Status& error) {
  const absl::optional<absl::Cord> payload = error.GetPayload(kFailurePayload);
  return payload ? static_cast<SendFailure>((*payload)[0]) : SendFailure::kAnswerLost;
}

}  // namespace webex_gateway
