// Why the ledger keeps an order from being sent, as the caller is told.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/ledger/ledger.h"

namespace webex_gateway {

// Until when the gateway that claimed the order may still send it, for errors: the first whole second after that.
std::string SentUntil(const Operation& operation);

// The error for a claim that was not granted, other than kReplay. The order's own id is `request_id`; metadata's
// `earlier_request_id` names the operation that stands in the way.
//
// `subject` says in words what may have one open order at a time.
//
//   kInProgress  ABORTED OPERATION_IN_PROGRESS, outcome unknown: the order's own fate is still open
//   kBlocked     by an IN_FLIGHT operation: ABORTED OPERATION_IN_PROGRESS, not applied, with RetryInfo
//                by an UNKNOWN one: FAILED_PRECONDITION OUTCOME_UNKNOWN, not applied
//                (unknown in place of not applied where ClaimAnswer::after_unknown)
//   kUnknown     FAILED_PRECONDITION OUTCOME_UNKNOWN, outcome unknown: the workspace may exist
//   kMayStillBeSent
//                FAILED_PRECONDITION OPERATION_MAY_STILL_BE_SENT, outcome unknown; its metadata name the gateway, and
//                until when
//   kReused      INVALID_ARGUMENT REQUEST_ID_REUSED, not applied
absl::Status RefusalOf(const ClaimAnswer& answer, absl::string_view request_id, absl::string_view subject);

}  // namespace webex_gateway
