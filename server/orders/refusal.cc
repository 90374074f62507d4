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
            .message = "an order under this request id is under way: ask again with it for its result",
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
                                  " may have been applied: look in Webex, then resolve the operation"),
          .outcome = own ? Outcome::kUnknown : Outcome::kNotApplied,
          .tracking_id = own ? answer.operation.ending.tracking_id : ""};
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
  if (answer.operation.state == OperationState::kInFlight) return OperationInProgress(answer, subject);
  return OutcomeUnknown(answer, subject);
}

}  // namespace

absl::Status RefusalOf(const ClaimAnswer& answer, absl::string_view request_id, absl::string_view subject) {
  Error error = ErrorOf(answer, subject);
  if (answer.after_unknown) error.outcome = Outcome::kUnknown;
  error.metadata = {{"request_id", std::string(request_id)}, {"earlier_request_id", answer.operation.request_id}};
  return ToStatus(error);
}

}  // namespace webex_gateway
