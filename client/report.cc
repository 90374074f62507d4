#include "client/report.h"

#include <google/protobuf/util/json_util.h>

#include "absl/strings/str_cat.h"
#include "client/error_report.pb.h"
#include "client/text.h"

namespace webex_gateway::client {
namespace {

std::string Json(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  std::string json;
  // Cannot fail: every string is UTF-8, and there is no Any whose type might be unknown.
  (void)google::protobuf::util::MessageToJsonString(message, &json, options);
  return json;
}

webexctl::ErrorReport Report(absl::StatusCode code, absl::string_view message) {
  webexctl::ErrorReport report;
  report.mutable_error()->set_code(absl::StatusCodeToString(code));
  report.mutable_error()->set_grpc_code(static_cast<int>(code));
  report.mutable_error()->set_message(Printable(message));
  return report;
}

// Whether another try, with nothing fixed, might go better.
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

absl::string_view Headline(const CallError& error) {
  if (error.reason == kGatewayUnreachable) return "the gateway cannot be reached";
  if (error.outcome == Outcome::kUnknown) return "the order may have been carried out";
  return Passing(error.code) ? "the order was not carried out" : "the order was refused";
}

absl::string_view WhatHappened(Outcome outcome) {
  return outcome == Outcome::kNotApplied ? "nothing was provisioned"
                                         : "nobody knows whether the workspace was provisioned";
}

std::string OrderAgain(const CallError& error) {
  if (error.outcome == Outcome::kUnknown) {
    return "no: it may exist. Look in Webex Control Hub first, and order again only if it is not there";
  }
  if (error.reason == "WEBEX_ALREADY_EXISTS") {
    return "no: this user has a workspace already; if an earlier order ended unknown, it may be that one";
  }
  if (!error.retry_delay) return "yes, once the cause is fixed";
  if (*error.retry_delay == absl::ZeroDuration()) return "yes, at once";
  return absl::StrCat("yes, after ", absl::FormatDuration(*error.retry_delay));
}

// The tracking ids under which the gateway sent the attempts of an order whose answer, with Webex's own, never came.
std::string SentAs(const CallError& error) {
  const int attempts = error.attempts.value_or(0);
  const bool lost = error.outcome == Outcome::kUnknown && error.metadata.tracking_id.empty();
  if (!lost || attempts <= 0) return "";
  return absl::StrCat("WXGW_", error.metadata.request_id, "_1", attempts > 1 ? absl::StrCat(" to _", attempts) : "");
}

// "  Label:   text", the texts in one column; nothing for an empty text.
void AppendLine(std::string& out, absl::string_view label, absl::string_view text) {
  constexpr size_t kColumn = 16;
  if (text.empty()) return;
  absl::StrAppend(&out, "  ", label, std::string(kColumn - label.size(), ' '), Printable(text), "\n");
}

}  // namespace

int ExitCode(absl::StatusCode code) { return 64 + static_cast<int>(code); }

std::string WorkspaceJson(const webex::broadworks::v1::Workspace& workspace) { return Json(workspace); }

std::string SuccessText(const CallMetadata& metadata) {
  std::string out = absl::StrCat("webexctl: request id ", Printable(metadata.request_id));
  if (!metadata.tracking_id.empty()) absl::StrAppend(&out, ", tracking id ", Printable(metadata.tracking_id));
  return absl::StrCat(out, "\n");
}

std::string ErrorText(const CallError& error) {
  std::string out = absl::StrCat("webexctl: ", Headline(error), ": ", absl::StatusCodeToString(error.code));
  if (!error.reason.empty()) absl::StrAppend(&out, " (", Printable(error.reason), ")");
  absl::StrAppend(&out, "\n");
  if (!error.message.empty()) absl::StrAppend(&out, "  ", Printable(error.message), "\n");
  AppendLine(out, "What happened:", absl::StrCat(WhatHappened(error.outcome), " (", OutcomeName(error.outcome), ")"));
  AppendLine(out, "Order again?", OrderAgain(error));
  absl::string_view label = "Fields:";
  for (const FieldViolation& violation : error.field_violations) {
    AppendLine(out, label, absl::StrCat(violation.field, ": ", violation.description));
    label = "";
  }
  AppendLine(out, "Request id:", error.metadata.request_id);
  AppendLine(out, "Sent as:", SentAs(error));
  if (!error.metadata.tracking_id.empty()) {
    AppendLine(out, "Tracking id:", absl::StrCat(error.metadata.tracking_id, " (quote it to Cisco's support)"));
  }
  return out;
}

std::string ErrorJson(const CallError& error) {
  webexctl::ErrorReport report = Report(error.code, error.message);
  webexctl::ErrorReport::Error& out = *report.mutable_error();
  out.set_reason(Printable(error.reason));
  out.set_outcome(std::string(OutcomeName(error.outcome)));
  if (error.retry_delay) out.set_retry_after_seconds(absl::ToDoubleSeconds(*error.retry_delay));
  out.set_request_id(Printable(error.metadata.request_id));
  out.set_webex_tracking_id(Printable(error.metadata.tracking_id));
  if (error.http_status) out.set_http_status(*error.http_status);
  if (error.attempts) out.set_attempts(*error.attempts);
  for (const FieldViolation& violation : error.field_violations) {
    webexctl::ErrorReport::FieldViolation& field = *out.add_field_violations();
    field.set_field(Printable(violation.field));
    field.set_description(Printable(violation.description));
  }
  return Json(report);
}

std::string HealthText(ServingStatus status) {
  return absl::StrCat(grpc::health::v1::HealthCheckResponse::ServingStatus_Name(status), "\n");
}

std::string HealthJson(ServingStatus status) {
  grpc::health::v1::HealthCheckResponse response;
  response.set_status(status);
  return Json(response);
}

std::string HealthErrorText(const absl::Status& status) {
  return absl::StrCat("webexctl: ", absl::StatusCodeToString(status.code()), ": ", Printable(status.message()), "\n");
}

std::string HealthErrorJson(const absl::Status& status) { return Json(Report(status.code(), status.message())); }

}  // namespace webex_gateway::client
