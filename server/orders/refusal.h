// The errors for callers whose order the ledger does not allow to be sent.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/ledger/ledger.h"

namespace webex_gateway {

// The time until which the gateway that claimed the order may still send it, for errors, rounded up to a whole second.
std::string SentUntil(const Operation& operation);

// The error for a claim that was not granted, other than kReplay. The order's own id is `request_id`;
// `earlier_request_id` in the metadata names the operation that blocks it.
//
// `subject` names, for people, what may have only one open order at a time.
//
//   kInProgress  ABORTED OPERATION_IN_PROGRESS, outcome unknown: the order's own result is still open
//   kBlocked     by an IN_FLIGHT operation: ABORTED OPERATION_IN_PROGRESS, not applied, with RetryInfo
//                by an UNKNOWN one: FAILED_PRECONDITION OUTCOME_UNKNOWN, not applied
//                (unknown instead of not applied if ClaimAnswer::after_unknown)
//   kUnknown     FAILED_PRECONDITION OUTCOME_UNKNOWN, outcome unknown: the workspace may exist
//   kMayStillBeSent
//                FAILED_PRECONDITION OPERATION_MAY_STILL_BE_SENT, outcome unknown; its metadata name the
//                gateway and the time
//   kReused      INVALID_ARGUMENT REQUEST_ID_REUSED, not applied
absl::Status RefusalOf(const ClaimAnswer& answer, absl::string_view request_id, absl::string_view subject);

}  // namespace webex_gateway
