#include "server/orders/refusal.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "server/base/error.h"

namespace webex_gateway {
namespace {

constexpr absl::Duration kRetryAfter = absl::Seconds(1);

Error OperationInProgress(const ClaimAnswer& answer, absl::string_view subject) {
  if (answer.verdict == ClaimVerdict::kInProgress) {
    return {.code = absl::StatusCode::kAborted,
            .reason = "OPERATION_IN_PROGRESS",
            .message = "an order under this request id is under way: repeat it with this id for its result",
            .outcome = Outcome::kUnknown};
  }
  return {.code = absl::StatusCode::kAborted,
          .reason = "OPERATION_IN_PROGRESS",
          .message = absl::StrCat("another order for the same ", subject, " is under way"),
          .outcome = Outcome::kNotApplied,
          .retry_after = kRetryAfter};
}

Error OutcomeUnknown(const ClaimAnswer& answer, absl::string_view subject) {
  const bool own = answer.verdict == ClaimVerdict::kUnknown;
  return {.code = absl::StatusCode::kFailedPrecondition,
          .reason = "OUTCOME_UNKNOWN",
          .message = absl::StrCat(own ? "this order" : absl::StrCat("an earlier order for the same ", subject),
                                  " may have been applied: look in Webex, then resolve the operation",
                                  own ? "; or repeat it with if_unknown = REPEAT" : ""),
          .outcome = own ? Outcome::kUnknown : Outcome::kNotApplied,
          .tracking_id = own ? answer.operation.ending.tracking_id : ""};
}

// The order is to be sent once more, but cannot be yet.
Error MayStillBeSent(const Operation& operation) {
  const std::string until = SentUntil(operation);
  return {.code = absl::StatusCode::kFailedPrecondition,
          .reason = "OPERATION_MAY_STILL_BE_SENT",
          .message = absl::StrCat("nothing was sent: the gateway that claimed this order may still send it, until ",
                                  until, "; repeat it after that"),
          .outcome = Outcome::kUnknown,
          .metadata = {{"gateway", operation.gateway}, {"sends_until", until}},
          .tracking_id = operation.ending.tracking_id};
}

Error RequestIdReused() {
  return {.code = absl::StatusCode::kInvalidArgument,
          .reason = "REQUEST_ID_REUSED",
          .message = "this request id was used for another order",
          .outcome = Outcome::kNotApplied,
          .violations = {{"requestId", "was used for another order"}}};
}

Error ErrorOf(const ClaimAnswer& answer, absl::string_view subject) {
  if (answer.verdict == ClaimVerdict::kReused) return RequestIdReused();
  if (answer.verdict == ClaimVerdict::kMayStillBeSent) return MayStillBeSent(answer.operation);
  if (answer.operation.state == OperationState::kInFlight) return OperationInProgress(answer, subject);
  return OutcomeUnknown(answer, subject);
}

}  // namespace

std::string SentUntil(const Operation& operation) {
  const absl::Time second = absl::FromUnixSeconds(absl::ToUnixSeconds(operation.sends_until) + 1);
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", second, absl::UTCTimeZone());
}

absl::Status RefusalOf(const ClaimAnswer& answer, absl::string_view request_id, absl::string_view subject) {
  Error error = ErrorOf(answer, subject);
  if (answer.after_unknown) error.outcome = Outcome::kUnknown;
  error.metadata["request_id"] = std::string(request_id);
  error.metadata["earlier_request_id"] = answer.operation.request_id;
  return ToStatus(error);
}

}  // namespace webex_gateway
