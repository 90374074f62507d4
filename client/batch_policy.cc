#include "client/batch_policy.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/base/backoff.h"

namespace webex_gateway::client {
namespace {

constexpr Backoff kBackoff = {.first = absl::Milliseconds(200), .longest = absl::Seconds(10)};
constexpr int kMaxFailures = 5;  // of an order that may be repeated and fails differently each time

// Faults of the gateway, of its permissions or of Webex, which do not depend on the row.
constexpr const char* kFaultsOfAll[] = {
    "WEBEX_UNAUTHENTICATED",        "WEBEX_FORBIDDEN",    "WEBEX_METHOD_NOT_ALLOWED",
    "WEBEX_NOT_IMPLEMENTED",        "WEBEX_REDIRECTED",   "WEBEX_TLS_FAILED",
    "WEBEX_UNSUPPORTED_MEDIA_TYPE", "CALLER_NOT_ALLOWED", "UNKNOWN_METHOD"};

// What Webex did not find or refused is common to all rows: the template or the enterprise.
bool IsAboutWhatRowsShare(const CallError& error) {
  return IsGone(error.reason) ||
         std::any_of(error.field_violations.begin(), error.field_violations.end(), [](const FieldViolation& violation) {
           return violation.field == "provisioningId" || violation.field == "spEnterpriseId";
         });
}

// The fault that another order would meet as well; empty if it may be specific to this order.
std::string SharedFault(const BatchOrder& order, const BatchResult& result) {
  if (!result.error) return "";
  const CallError& error = *result.error;
  // An order that was held back was not sent, so it is no sign that Webex fails.
  const bool is_held_back =
      error.reason == "OUTCOME_UNKNOWN" || error.reason == kMayStillBeSent || error.retry_delay.has_value();
  if (error.outcome == Outcome::kUnknown && !is_held_back) return "unknown";
  for (const char* reason : kFaultsOfAll) {
    if (error.reason == reason) return reason;
  }
  const auto* provision = std::get_if<webex::broadworks::v1::ProvisionWorkspaceRequest>(&order.request);
  if (provision == nullptr || !IsAboutWhatRowsShare(error)) return "";
  return absl::StrCat(error.reason, "\n", provision->provisioning_id(), "\n", provision->sp_enterprise_id());
}

std::string Words(const CallError& error) {
  if (error.outcome == Outcome::kUnknown) {
    return absl::StrCat("the outcome of the last ", LostCause::kLimit, " orders is unknown");
  }
  return absl::StrCat("the last ", LostCause::kLimit, " orders were all refused with ", error.reason,
                      ", which no change to the file's rows can fix");
}

// Whether a connection may have been lost. Other codes without a reason do not come from a gateway.
bool IsOfConnection(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
      return true;
    default:
      return false;
  }
}

}  // namespace

BatchStep StepAfter(const OrderKind& kind, const CallError& error, int failures) {
  const bool is_lost = error.reason.empty() && error.outcome == Outcome::kUnknown;
  if (is_lost && !IsOfConnection(error.code)) return {};
  const bool is_for_all =
      error.code == absl::StatusCode::kUnavailable || error.code == absl::StatusCode::kResourceExhausted;
  const absl::Duration backoff = kBackoff.After(failures);
  if (!error.retry_delay && error.outcome != Outcome::kUnknown) return {};
  if (error.retry_delay) {
    return {.again = true, .wait = std::max(*error.retry_delay, backoff), .holds_all = is_for_all};
  }
  if (error.reason == kMayStillBeSent) return {.again = true, .wait = backoff};
  if (IsOnRecordSoon(error)) return {.again = true, .wait = backoff, .holds_all = is_lost && is_for_all};
  if (kind.may_be_repeated && failures < kMaxFailures) return {.again = true, .wait = backoff};
  return {};
}

const std::string& LostCause::After(const BatchOrder& order, const BatchResult& result) {
  std::string fault = SharedFault(order, result);
  if (fault.empty() || fault != fault_) count_ = 0;
  fault_ = std::move(fault);
  if (!fault_.empty() && ++count_ >= kLimit) words_ = Words(*result.error);
  return words_;
}

}  // namespace webex_gateway::client
