// The gateway's errors: what every one of them says, and how it travels as an absl::Status.
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
  std::string field;  // as JSON names it
  std::string description;

  bool operator==(const FieldViolation&) const = default;
};

struct Error {
  absl::StatusCode code = absl::StatusCode::kUnknown;
  std::string reason;  // a row of the error tables in proto/README.md
  std::string message;
  Outcome outcome = Outcome::kUnknown;
  std::map<std::string, std::string> metadata;  // of ErrorInfo, beside `outcome`; empty values are left out
  std::string tracking_id;                      // Webex's; empty where Webex did not answer
  std::optional<absl::Duration> retry_after;    // only where repeating is safe and may help
  std::vector<FieldViolation> violations;
  // The caller wants the order sent again although its outcome is unknown: so retry_after is told.
  bool repeats_unknown = false;

  bool operator==(const Error&) const = default;
};

// A status whose payloads are google.rpc details: ErrorInfo always, and RequestInfo, RetryInfo, BadRequest where there
// is something to say. Text is cut so that all of it together stays well under the 8 KiB that gRPC clients take as
// metadata; of many violations the first are named. With kUnknown there is never a RetryInfo.
absl::Status ToStatus(const Error& error);

// What a status of ToStatus says, read once; nothing where it bears no ErrorInfo. Without `outcome` and the tracking id
// in its metadata, which have members of their own.
std::optional<Error> ErrorIn(const absl::Status& status);

// The outcome that a status of ToStatus states; kUnknown where it states none.
Outcome OutcomeIn(const absl::Status& status);

// The same status with another outcome, for whoever knows more of the order than the one who made it.
absl::Status WithOutcome(absl::Status status, Outcome outcome);

// The detail of type T in `status`, or nothing.
template <typename T>
std::optional<T> DetailOf(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload("type.googleapis.com/" + T::descriptor()->full_name());
  T detail;
  if (!payload || !detail.ParseFromString(std::string(*payload))) return std::nullopt;
  return detail;
}

// At most `bytes` of `text`, cut between two UTF-8 characters.
absl::string_view Truncate(absl::string_view text, size_t bytes);

}  // namespace webex_gateway
