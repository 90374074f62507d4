#include "server/webex/methods.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/api/annotations.pb.h"
#include "google/protobuf/empty.pb.h"
#include "server/base/sha256.h"
#include "server/base/user_name.h"
#include "server/webex/errors.h"
#include "server/webex/workspace_json.h"
#include "webex/broadworks/v1/workspaces.pb.h"

namespace webex_gateway {
namespace {

using google::protobuf::Message;
using webex::broadworks::v1::ProvisionWorkspaceRequest;
using webex::broadworks::v1::RemoveWorkspaceRequest;
using webex::broadworks::v1::UpdateWorkspaceRequest;
using webex::broadworks::v1::Workspace;

// No workspace id has a control character.
constexpr char kBetween[] = "\n";
// A row of PostgreSQL's index holds less than 2704.
constexpr size_t kMaxKeyBytes = 512;

WebexResult ResultOf(const Workspace& workspace, const HttpAnswer& answer) {
  return {workspace.SerializeAsString(), workspace.id(), TrackingIdOf(answer)};
}

// Webex accepted the order without returning the workspace.
bool IsAccepted(const HttpAnswer& answer) { return answer.status == 202 || answer.status == 204; }

std::string Accepted(Workspace as_ordered) {
  as_ordered.set_state(Workspace::ACCEPTED);
  return as_ordered.SerializeAsString();
}

template <typename Request>
void CopyNumbers(const Request& request, Workspace& workspace) {
  if (request.has_primary_phone_number()) workspace.set_primary_phone_number(request.primary_phone_number());
  if (request.has_extension()) workspace.set_extension(request.extension());
}

// Provision

Subject SubjectOf(const ProvisionWorkspaceRequest& request) {
  return {SubjectOfUserOnBroadWorks(request.sp_enterprise_id(), request.user_id()), request.sp_enterprise_id(),
          request.user_id(), ""};
}

std::vector<FieldViolation> FaultsOf(const ProvisionWorkspaceRequest& request) {
  if (ProvisionWorkspaceRequest::IfUnknown_IsValid(request.if_unknown())) return {};
  return {{"ifUnknown", "is neither HOLD nor REPEAT"}};
}

Workspace AsOrdered(const ProvisionWorkspaceRequest& request) {
  Workspace workspace;
  workspace.set_provisioning_id(request.provisioning_id());
  workspace.set_user_id(request.user_id());
  workspace.set_sp_enterprise_id(request.sp_enterprise_id());
  workspace.set_display_name(request.display_name());
  CopyNumbers(request, workspace);
  return workspace;
}

absl::StatusOr<WebexResult> Read(const ProvisionWorkspaceRequest& request, const HttpAnswer& answer, const Call& call) {
  if (IsAccepted(answer)) return WebexResult{Accepted(AsOrdered(request)), "", TrackingIdOf(answer)};
  const std::optional<Workspace> workspace = ReadWorkspace(answer.body);
  if (!workspace) return UnreadableAnswer(answer, call, "contains no readable workspace");
  const bool is_ours =
      workspace->user_id().empty() || FoldedName(workspace->user_id()) == FoldedName(request.user_id());
  if (!is_ours) return UnreadableAnswer(answer, call, "is about another user", workspace->id());
  return ResultOf(*workspace, answer);
}

// Webex has at most one workspace for a user: if it reports that the user has one, the earlier call has created it. A
// conflict without that text may be about something else, such as a number.
std::optional<WebexResult> ShownBy(const ProvisionWorkspaceRequest& request, const absl::Status& error) {
  const std::optional<Error> said = ErrorIn(error);
  if (!said || said->reason != kAlreadyExistsReason) return std::nullopt;
  return WebexResult{Accepted(AsOrdered(request)), "", said->tracking_id, error};
}

bool RepeatsUnknown(const ProvisionWorkspaceRequest& request) {
  return request.if_unknown() == ProvisionWorkspaceRequest::REPEAT;
}

// Update and Remove: repeatable, so the attempts themselves show what they met (Call::maybe_acted).

template <typename Request>
std::optional<WebexResult> ShownBy(const Request& /*request*/, const absl::Status& /*error*/) {
  return std::nullopt;
}

template <typename Request>
bool RepeatsUnknown(const Request& /*request*/) {
  return false;
}

template <typename Request>
Subject SubjectOf(const Request& request) {
  return {request.workspace_id(), "", "", request.workspace_id()};
}

std::vector<FieldViolation> FaultsOf(const UpdateWorkspaceRequest& request) {
  if (request.has_user_id() || request.has_primary_phone_number() || request.has_extension()) return {};
  return {{"userId", "or primaryPhoneNumber or extension must be set: an update must change something"}};
}

Workspace AsOrdered(const UpdateWorkspaceRequest& request) {
  Workspace workspace;
  workspace.set_id(request.workspace_id());
  if (request.has_user_id()) workspace.set_user_id(request.user_id());
  CopyNumbers(request, workspace);
  return workspace;
}

absl::StatusOr<WebexResult> Read(const UpdateWorkspaceRequest& request, const HttpAnswer& answer, const Call& call) {
  if (IsAccepted(answer)) {
    return WebexResult{Accepted(AsOrdered(request)), request.workspace_id(), TrackingIdOf(answer)};
  }
  const std::optional<Workspace> workspace = ReadWorkspace(answer.body);
  if (!workspace) return UnreadableAnswer(answer, call, "contains no readable workspace");
  if (workspace->id() != request.workspace_id()) return UnreadableAnswer(answer, call, "is about another workspace");
  return ResultOf(*workspace, answer);
}

std::vector<FieldViolation> FaultsOf(const RemoveWorkspaceRequest& /*request*/) { return {}; }

google::protobuf::Empty AsOrdered(const RemoveWorkspaceRequest& /*request*/) { return {}; }

absl::StatusOr<WebexResult> Read(const RemoveWorkspaceRequest& request, const HttpAnswer& answer,
                                 const Call& /*call*/) {
  return WebexResult{"", request.workspace_id(), TrackingIdOf(answer)};
}

template <typename Request>
Method RowOf(const char* name, const char* subject, bool removes = false) {
  const auto& file = *Request::descriptor()->file();
  const google::protobuf::MethodDescriptor* const rpc =
      file.FindServiceByName("WorkspaceService")->FindMethodByName(name);
  const auto typed = [](const Message& request) -> const Request& { return static_cast<const Request&>(request); };
  return {
      .rpc = rpc,
      .request = &Request::default_instance(),
      .repeatable = rpc->options().GetExtension(google::api::http).pattern_case() != google::api::HttpRule::kPost,
      .subject = subject,
      .subject_of = [typed](const Message& request) { return SubjectOf(typed(request)); },
      .faults_of = [typed](const Message& request) { return FaultsOf(typed(request)); },
      .as_ordered = [typed](const Message& request) { return AsOrdered(typed(request)).SerializeAsString(); },
      .read = [typed](const Message& request, const HttpAnswer& answer,
                      const Call& call) { return Read(typed(request), answer, call); },
      .shown_by = [typed](const Message& request, const absl::Status& error) { return ShownBy(typed(request), error); },
      .repeats_unknown = [typed](const Message& request) { return RepeatsUnknown(typed(request)); },
      .removes = removes};
}

std::vector<Method> Rows() {
  return {RowOf<ProvisionWorkspaceRequest>("ProvisionWorkspace", "enterprise and user"),
          RowOf<UpdateWorkspaceRequest>("UpdateWorkspace", "workspace"),
          RowOf<RemoveWorkspaceRequest>("RemoveWorkspace", "workspace", /*removes=*/true)};
}

}  // namespace

absl::Span<const Method> Methods() {
  static const auto* const rows = new std::vector<Method>(Rows());
  return *rows;
}

std::string SubjectOfUserOnBroadWorks(const std::string& sp_enterprise_id, const std::string& user_id) {
  std::string key = absl::StrCat(FoldedName(sp_enterprise_id), kBetween, FoldedName(user_id));
  if (key.size() > kMaxKeyBytes) key = absl::StrCat(kBetween, Sha256Hex(key));
  return key;
}

const Method* MethodNamed(absl::string_view name) {
  for (const Method& method : Methods()) {
    if (method.name() == name) return &method;
  }
  return nullptr;
}

}  // namespace webex_gateway
