#include "server/rpc/operation_messages.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/orders/validate.h"
#include "server/webex/methods.h"

namespace webex_gateway {
namespace {

namespace v1 = webex::broadworks::v1;

constexpr int kDefaultPageSize = 50;
constexpr int kMaxPageSize =
    500;  // of at most about 5 KiB, so that a page stays below the 4 MiB that gRPC clients accept

void Set(google::protobuf::Timestamp& out, absl::Time time) {
  const int64_t seconds = absl::ToUnixSeconds(time);
  out.set_seconds(seconds);
  out.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
}

// Limited to what protobuf's JSON, in which the record is shown, can express.
bool IsTime(const google::protobuf::Timestamp& time) {
  constexpr int64_t kYear1 = -62'135'596'800;
  constexpr int64_t kYear10000 = 253'402'300'800;
  return time.seconds() >= kYear1 && time.seconds() < kYear10000 && time.nanos() >= 0 && time.nanos() < 1'000'000'000;
}

v1::Operation::State ToState(OperationState state) {
  switch (state) {
    case OperationState::kInFlight:
      return v1::Operation::IN_FLIGHT;
    case OperationState::kSucceeded:
      return v1::Operation::SUCCEEDED;
    case OperationState::kFailed:
      return v1::Operation::FAILED;
    case OperationState::kUnknown:
      return v1::Operation::UNKNOWN;
  }
  return v1::Operation::STATE_UNSPECIFIED;
}

std::optional<OperationState> FromState(v1::Operation::State state) {
  switch (state) {
    case v1::Operation::IN_FLIGHT:
      return OperationState::kInFlight;
    case v1::Operation::SUCCEEDED:
      return OperationState::kSucceeded;
    case v1::Operation::FAILED:
      return OperationState::kFailed;
    case v1::Operation::UNKNOWN:
      return OperationState::kUnknown;
    default:
      return std::nullopt;
  }
}

bool Removes(const Operation& operation) {
  const Method* const method = MethodNamed(operation.method);
  return method != nullptr && method->removes;
}

// The answer, or the workspace that Webex named; a removal has none.
void SetWorkspace(const Operation& operation, v1::Operation& message) {
  if (Removes(operation) || operation.state == OperationState::kInFlight) return;
  const Ending& ending = operation.ending;
  if (ending.answer) {
    message.mutable_workspace()->ParseFromString(*ending.answer);
  } else if (!ending.workspace_id.empty()) {
    message.mutable_workspace()->set_id(ending.workspace_id);
  }
}

void SetEnding(const Ending& ending, v1::Operation& message) {
  message.set_attempts(ending.attempts);
  message.set_webex_tracking_id(ending.tracking_id);
  if (ending.error_code == absl::StatusCode::kOk) return;
  message.mutable_error()->set_code(static_cast<int>(ending.error_code));
  message.mutable_error()->set_reason(ending.error_reason);
}

}  // namespace

v1::Operation ToMessage(const Operation& operation, WorkspaceShown shown) {
  v1::Operation message;
  message.set_request_id(operation.request_id);
  message.set_state(ToState(operation.state));
  message.set_method(operation.method);
  message.set_workspace_id(operation.workspace_id);
  message.set_sp_enterprise_id(operation.sp_enterprise_id);
  message.set_user_id(operation.user_id);
  message.set_caller(operation.caller);
  Set(*message.mutable_create_time(), operation.create_time);
  Set(*message.mutable_update_time(), operation.update_time);
  if (operation.state != OperationState::kInFlight) SetEnding(operation.ending, message);
  if (shown == WorkspaceShown::kYes) SetWorkspace(operation, message);
  // Zero: recorded by a gateway that did not store it.
  if (operation.sends_until > absl::UnixEpoch()) Set(*message.mutable_sends_until(), operation.sends_until);
  message.set_gateway(operation.gateway);
  for (const std::string& id : operation.other_workspace_ids) message.add_other_workspace_ids(id);
  if (!operation.resolved_by.empty()) {
    message.mutable_resolution()->set_resolver(operation.resolved_by);
    message.mutable_resolution()->set_note(operation.resolve_note);
  }
  return message;
}

const std::string& NameOf(OperationState state) { return v1::Operation::State_Name(ToState(state)); }

ListQuery ToQuery(const v1::ListOperationsRequest& request) {
  ListQuery query;
  query.state = FromState(request.state());
  query.sp_enterprise_id = request.sp_enterprise_id();
  query.user_id = request.user_id();
  query.method = request.method();
  query.workspace_id = request.workspace_id();
  query.page_size = request.page_size() == 0 ? kDefaultPageSize : std::min(request.page_size(), kMaxPageSize);
  query.page_token = request.page_token();
  return query;
}

std::vector<FieldViolation> FaultsOf(const v1::GetOperationRequest& request) { return Validate(request); }

std::vector<FieldViolation> FaultsOf(const v1::ListOperationsRequest& request) {
  std::vector<FieldViolation> faults = Validate(request);
  if (!v1::Operation::State_IsValid(request.state())) {
    faults.push_back({"state", absl::StrCat("there is no state ", request.state())});
  }
  if (request.page_size() < 0) faults.push_back({"pageSize", "must not be negative"});
  const bool any = request.method().empty();
  if (!any && MethodNamed(request.method()) == nullptr)
    faults.push_back({"method", "is not a method of WorkspaceService"});
  return faults;
}

std::vector<FieldViolation> FaultsOf(const v1::ResolveOperationRequest& request) {
  std::vector<FieldViolation> faults = Validate(request);
  if (request.finding_case() == v1::ResolveOperationRequest::FINDING_NOT_SET) {
    faults.push_back({"applied", "or notApplied must be set"});
  }
  if (request.has_applied() && !IsTime(request.applied().create_time())) {
    faults.push_back({"applied.created", "is not a time from year 1 to 9999"});
  }
  return faults;
}

std::vector<FieldViolation> FaultsBeside(const Operation& operation, const v1::ResolveOperationRequest& request) {
  if (!request.has_applied()) return {};
  const v1::Workspace& applied = request.applied();
  std::vector<FieldViolation> faults;
  if (applied.id().empty() && !operation.repeatable) {
    faults.push_back({"applied.id", "has 0 bytes; it must have 1 to 256"});
  }
  const auto check = [&faults](const char* field, const std::string& found, const std::string& ordered) {
    if (found.empty() || ordered.empty() || found == ordered) return;
    faults.push_back({field, "is not the order's: is this its workspace?"});
  };
  check("applied.userId", applied.user_id(), operation.user_id);
  check("applied.spEnterpriseId", applied.sp_enterprise_id(), operation.sp_enterprise_id);
  if (operation.repeatable) check("applied.id", applied.id(), operation.workspace_id);
  return faults;
}

Resolution ResolutionOf(const v1::ResolveOperationRequest& request, const Operation& operation, const std::string& by) {
  Resolution resolution{.request_id = operation.request_id, .by = by, .note = request.note()};
  resolution.gateway_is_gone = request.gateway_is_gone();
  if (!request.has_applied()) return resolution;
  v1::Workspace applied = request.applied();
  if (applied.id().empty()) applied.set_id(operation.workspace_id);
  if (!operation.user_id.empty()) applied.set_user_id(operation.user_id);
  if (!operation.sp_enterprise_id.empty()) applied.set_sp_enterprise_id(operation.sp_enterprise_id);
  applied.set_state(v1::Workspace::PROVISIONED);
  resolution.answer = Removes(operation) ? "" : applied.SerializeAsString();
  resolution.workspace_id = applied.id();
  return resolution;
}

}  // namespace webex_gateway
