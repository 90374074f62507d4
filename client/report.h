// What webexctl prints. Every text is whole lines; text from servers is made printable first.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "client/order_kind.h"
#include "webex_gateway/gateway_client.h"

namespace webex_gateway::client {

// The exit code for a failed call: 64 + the gRPC code, as in grpcurl.
int ExitCode(absl::StatusCode code);

// The workspace in the REST reference's form. Empty fields are left out.
std::string WorkspaceJson(const webex::broadworks::v1::Workspace& workspace);

// The same object with the ids by which the order can be found again (answer_ids.proto), for scripts.
std::string AnswerJson(const webex::broadworks::v1::Workspace& workspace, const CallMetadata& metadata);

// The ids by which a successful order can be found again, in one line.
std::string SuccessText(const CallMetadata& metadata);

// A failed order: for a person, with what to do, and as an ErrorReport (error_report.proto).
std::string ErrorText(const OrderKind& kind, const CallError& error);
std::string ErrorJson(const CallError& error);

// The same for any other call. It omits the outcome, which might be taken for the order's.
std::string OperationErrorText(const CallError& error);
std::string OperationErrorJson(const CallError& error);

// The result of `health`: for a person in one line, and as JSON.
std::string HealthText(ServingStatus status);
std::string HealthJson(ServingStatus status);
std::string HealthErrorText(const CallError& error);

}  // namespace webex_gateway::client
