// The gateway's errors: the content of each, and how an absl::Status carries it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/rpc/error_details.pb.h"
#include "webex_gateway/outcome.h"

namespace webex_gateway {

inline constexpr char kErrorDomain[] = "webex-gateway";

struct FieldViolation {
  std::string field;  // its JSON name
  std::string description;

  bool operator==(const FieldViolation&) const = default;
};

struct Error {
  absl::StatusCode code = absl::StatusCode::kUnknown;
  std::string reason;  // from the error tables in proto/README.md
  std::string message;
  Outcome outcome = Outcome::kUnknown;
  std::map<std::string, std::string> metadata;  // of ErrorInfo, besides `outcome`; empty values are omitted
  std::string tracking_id;                      // Webex's; empty if Webex did not answer
  std::optional<absl::Duration> retry_after;    // only if repeating is safe and may help
  std::vector<FieldViolation> violations;
  // The caller wants the order sent again although its outcome is unknown: so retry_after is returned nevertheless.
  bool repeats_unknown = false;

  bool operator==(const Error&) const = default;
};

// A status whose payloads are google.rpc details: always ErrorInfo, and RequestInfo, RetryInfo and BadRequest if they
// have content. Text is truncated so that all of it together stays well below the 8 KiB of metadata that gRPC clients
// accept; of many violations only the first are named. With kUnknown there is never a RetryInfo.
absl::Status ToStatus(const Error& error);

// The content of a status from ToStatus; nothing if it carries no ErrorInfo. Its metadata omit `outcome` and the
// tracking id, which are separate members.
std::optional<Error> ErrorIn(const absl::Status& status);

// The outcome in a status from ToStatus; kUnknown if it has none.
Outcome OutcomeIn(const absl::Status& status);

// The same status with another outcome, for code that knows more about the order than the status's creator.
absl::Status WithOutcome(absl::Status status, Outcome outcome);

// The detail of type T in `status`, if it has one.
template <typename T>
std::optional<T> DetailOf(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload("type.googleapis.com/" + T::descriptor()->full_name());
  T detail;
  if (!payload || !detail.ParseFromString(std::string(*payload))) return std::nullopt;
  return detail;
}

// At most `bytes` of `text`, truncated between two UTF-8 characters.
absl::string_view Truncate(absl::string_view text, size_t bytes);

}  // namespace webex_gateway
