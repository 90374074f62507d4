#include "client/report.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/answer_ids.pb.h"
#include "client/error_report.pb.h"
#include "client/layout.h"
#include "client/text.h"

namespace webex_gateway::client {
namespace {

// An order on record may have been carried out, so this one is not sent.
constexpr char kOutcomeUnknown[] = "OUTCOME_UNKNOWN";

// Whether another try might succeed without anything being fixed.
bool Passing(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kInternal:
      return true;
    default:
      return false;
  }
}

std::string Headline(const OrderKind& kind, const CallError& error) {
  if (error.reason == kGatewayUnreachable) return "the gateway cannot be reached";
  if (error.outcome == Outcome::kUnknown) return absl::StrCat("the ", kind.noun, " may have been carried out");
  if (error.outcome == Outcome::kUnchanged) return absl::StrCat("this call did not carry the ", kind.noun, " out");
  return absl::StrCat("the ", kind.noun, Passing(error.code) ? " was not carried out" : " was refused");
}

std::string WhatHappened(const OrderKind& kind, Outcome outcome) {
  switch (outcome) {
    case Outcome::kNotApplied:
      return absl::StrCat("nothing was ", kind.done);
    case Outcome::kUnchanged:
      return "this call changed nothing; whether an earlier one under this request id did is not known here";
    case Outcome::kUnknown:
      break;
  }
  return absl::StrCat("it is not known whether the workspace was ", kind.done);
}

std::string When(const CallError& error) {
  if (!error.retry_delay) return "once the cause is fixed";
  if (*error.retry_delay == absl::ZeroDuration()) return "at once";
  return absl::StrCat("after ", ForPeople(*error.retry_delay));
}

// Why sending the order again would have no effect in any case; empty if it might.
absl::string_view WhyNotAgain(const OrderKind& kind, const CallError& error) {
  if (kind.may_be_repeated && error.reason == "WEBEX_ALREADY_EXISTS") return "this user id is already in use";
  if (error.reason == "WEBEX_ALREADY_EXISTS") {
    return "this user already has a workspace; it may be from an earlier order whose answer was lost";
  }
  return kind.may_be_repeated && IsGone(error.reason) ? "Webex knows no such workspace; it may have been removed before"
                                                      : "";
}

// For an order to provision, webexctl, the contract and the gateway give the same advice: repeat it under its request
// id to learn its outcome, or resolve it; a new order is refused until then.
std::string AgainWhereUnknown(const OrderKind& kind, const CallError& error) {
  const std::string& id = error.metadata.request_id;
  if (kind.may_be_repeated) {
    return absl::StrCat("yes, with --request_id=", id, ", which is safe: it is sent again unless its result is known");
  }
  if (error.reason == kMayStillBeSent) return "yes, in the same way, after that time";
  return absl::StrCat("yes, with --request_id=", id,
                      ", to learn its outcome: a gateway that keeps a ledger does not send it twice",
                      IsOnRecordSoon(error) ? "" : "; as a new order it is refused until it is resolved");
}

std::string Again(const OrderKind& kind, const CallError& error) {
  if (error.reason == kOutcomeUnknown && error.outcome != Outcome::kUnknown)
    return "not before the order on record is resolved";
  const absl::string_view why_not = WhyNotAgain(kind, error);
  if (error.outcome == Outcome::kUnknown && (why_not.empty() || !kind.may_be_repeated)) {
    return AgainWhereUnknown(kind, error);
  }
  if (!why_not.empty()) return absl::StrCat("no: ", why_not);
  if (error.outcome == Outcome::kUnchanged) {
    return absl::StrCat("yes, with --request_id=", error.metadata.request_id, ", ", When(error));
  }
  return absl::StrCat("yes, ", When(error));
}

// The tracking ids that were sent with an order whose answer, with Webex's own id, never arrived.
std::string LostAs(const CallError& error) {
  const bool lost = error.outcome == Outcome::kUnknown && error.metadata.tracking_id.empty();
  return lost ? SentAs(error.metadata.request_id, error.attempts.value_or(0)) : "";
}

// Appends which order on record must be resolved, or must end, before this one is sent.
void AppendEarlier(std::string& out, const OrderKind& kind, const CallError& error) {
  const std::string& own = error.metadata.request_id;
  const std::string& earlier = error.earlier_request_id.empty() ? own : error.earlier_request_id;
  const bool needs_nobody = kind.may_be_repeated && error.outcome == Outcome::kUnknown;
  if (needs_nobody || IsOnRecordSoon(error)) {
    AppendLine(out, "Look it up:", absl::StrCat("webexctl operations get ", own));
  } else if (error.outcome == Outcome::kUnknown || error.reason == kOutcomeUnknown) {
    AppendLine(out, "Resolve it:", absl::StrCat("webexctl operations get ", earlier, " shows how"));
  } else if (earlier != own) {
    AppendLine(out, "Blocked by:", earlier);
  }
}

// "UNAVAILABLE (WEBEX_ANSWER_LOST)"
std::string CodeAndReason(const CallError& error) {
  const std::string reason = error.reason.empty() ? "" : absl::StrCat(" (", Printable(error.reason), ")");
  return absl::StrCat(absl::StatusCodeToString(error.code), reason);
}

void AppendFields(std::string& out, const CallError& error) {
  absl::string_view label = "Fields:";
  for (const FieldViolation& violation : error.field_violations) {
    AppendLine(out, label, absl::StrCat(violation.field, ": ", violation.description));
    label = "";
  }
}

webexctl::ErrorReport Report(const CallError& error) {
  webexctl::ErrorReport report;
  webexctl::ErrorReport::Error& out = *report.mutable_error();
  out.set_code(absl::StatusCodeToString(error.code));
  out.set_grpc_code(static_cast<int>(error.code));
  out.set_message(Printable(error.message));
  out.set_reason(Printable(error.reason));
  if (error.retry_delay) out.set_retry_after_seconds(absl::ToDoubleSeconds(*error.retry_delay));
  out.set_request_id(Printable(error.metadata.request_id));
  out.set_webex_tracking_id(Printable(error.metadata.tracking_id));
  if (error.http_status) out.set_http_status(*error.http_status);
  if (error.attempts) out.set_attempts(*error.attempts);
  out.set_earlier_request_id(Printable(error.earlier_request_id));
  for (const FieldViolation& violation : error.field_violations) {
    webexctl::ErrorReport::FieldViolation& field = *out.add_field_violations();
    field.set_field(Printable(violation.field));
    field.set_description(Printable(violation.description));
  }
  return report;
}

// Merges two objects, as Json prints them, into one.
std::string Together(absl::string_view first, absl::string_view second) {
  constexpr absl::string_view kNone = "{}\n";
  if (first == kNone) return std::string(second);
  if (second == kNone) return std::string(first);
  absl::ConsumeSuffix(&first, "\n}\n");
  absl::ConsumePrefix(&second, "{");
  return absl::StrCat(first, ",", second);
}

}  // namespace

int ExitCode(absl::StatusCode code) { return 64 + static_cast<int>(code); }

std::string WorkspaceJson(const webex::broadworks::v1::Workspace& workspace) { return Json(workspace); }

std::string AnswerJson(const webex::broadworks::v1::Workspace& workspace, const CallMetadata& metadata) {
  webexctl::AnswerIds ids;
  ids.set_request_id(Printable(metadata.request_id));
  ids.set_webex_tracking_id(Printable(metadata.tracking_id));
  ids.set_replayed(metadata.replayed);
  return Together(Json(workspace), Json(ids));
}

std::string SuccessText(const CallMetadata& metadata) {
  std::string out = absl::StrCat("webexctl: request id ", Printable(metadata.request_id));
  if (!metadata.tracking_id.empty()) absl::StrAppend(&out, ", tracking id ", Printable(metadata.tracking_id));
  return absl::StrCat(out, "\n");
}

std::string ErrorText(const OrderKind& kind, const CallError& error) {
  std::string out = absl::StrCat("webexctl: ", Headline(kind, error), ": ", CodeAndReason(error), "\n");
  if (!error.message.empty()) absl::StrAppend(&out, "  ", Printable(error.message), "\n");
  AppendLine(out,
             "What happened:", absl::StrCat(WhatHappened(kind, error.outcome), " (", OutcomeName(error.outcome), ")"));
  AppendLine(out, kind.again, Again(kind, error));
  AppendEarlier(out, kind, error);
  AppendFields(out, error);
  AppendLine(out, "Request id:", error.metadata.request_id);
  AppendLine(out, "Sent as:", LostAs(error));
  AppendTrackingId(out, error.metadata.tracking_id);
  return out;
}

std::string ErrorJson(const CallError& error) {
  webexctl::ErrorReport report = Report(error);
  report.mutable_error()->set_outcome(std::string(OutcomeName(error.outcome)));
  return Json(report);
}

std::string OperationErrorText(const CallError& error) {
  std::string out = absl::StrCat("webexctl: ", CodeAndReason(error), "\n");
  if (!error.message.empty()) absl::StrAppend(&out, "  ", Printable(error.message), "\n");
  AppendFields(out, error);
  AppendLine(out, "Request id:", error.metadata.request_id);
  return out;
}

std::string OperationErrorJson(const CallError& error) { return Json(Report(error)); }

std::string HealthText(ServingStatus status) {
  return absl::StrCat(grpc::health::v1::HealthCheckResponse::ServingStatus_Name(status), "\n");
}

std::string HealthJson(ServingStatus status) {
  grpc::health::v1::HealthCheckResponse response;
  response.set_status(status);
  return Json(response);
}

std::string HealthErrorText(const CallError& error) {
  return absl::StrCat("webexctl: ", CodeAndReason(error), ": ", Printable(error.message), "\n");
}

}  // namespace webex_gateway::client
