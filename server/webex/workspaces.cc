#include "server/webex/workspaces.h"

#include <utility>

#include "server/webex/errors.h"
#include "server/webex/rest_binding.h"
#include "server/webex/user_name.h"
#include "server/webex/workspace_json.h"

namespace webex_gateway {
namespace {

using webex::broadworks::v1::ProvisionWorkspaceRequest;
using webex::broadworks::v1::Workspace;

class Rest : public Workspaces {
 public:
  Rest(HttpClient& http, Clock& clock, RestBinding provision)
      : http_(http), clock_(clock), provision_(std::move(provision)) {}

  Async<absl::StatusOr<ProvisionedWorkspace>> Provision(const ProvisionWorkspaceRequest& request, Call& call) override {
    const absl::StatusOr<HttpAnswer> answer = co_await http_.Send(provision_.Bind(request), call);
    if (!answer.ok()) co_return ErrorOfSend(answer.status(), call);
    if (answer->status < 200 || answer->status >= 300) {
      co_return ErrorOfAnswer(*answer, provision_.method(), call, clock_.WallNow());
    }
    if (answer->status == 202 || answer->status == 204) {
      ProvisionedWorkspace accepted{AsOrdered(request), TrackingIdOf(*answer)};
      accepted.workspace.set_state(Workspace::ACCEPTED);
      co_return accepted;
    }
    std::optional<Workspace> workspace = ReadWorkspace(answer->body);
    if (!workspace) co_return UnreadableAnswer(*answer, call, "holds no workspace that can be read");
    if (!workspace->user_id().empty() && !IsSameUser(workspace->user_id(), request.user_id())) {
      co_return UnreadableAnswer(*answer, call, "is about another user", workspace->id());
    }
    co_return ProvisionedWorkspace{*std::move(workspace), TrackingIdOf(*answer)};
  }

 private:
  HttpClient& http_;
  Clock& clock_;
  const RestBinding provision_;
};

}  // namespace

Workspace AsOrdered(const ProvisionWorkspaceRequest& request) {
  Workspace workspace;
  workspace.set_provisioning_id(request.provisioning_id());
  workspace.set_user_id(request.user_id());
  workspace.set_sp_enterprise_id(request.sp_enterprise_id());
  workspace.set_display_name(request.display_name());
  if (request.has_primary_phone_number()) workspace.set_primary_phone_number(request.primary_phone_number());
  if (request.has_extension()) workspace.set_extension(request.extension());
  return workspace;
}

absl::StatusOr<std::unique_ptr<Workspaces>> RestWorkspaces(HttpClient& http, Clock& clock) {
  const auto* file = ProvisionWorkspaceRequest::descriptor()->file();
  const auto* service = file->FindServiceByName("WorkspaceService");
  absl::StatusOr<RestBinding> provision = RestBinding::Of(*service->FindMethodByName("ProvisionWorkspace"));
  if (!provision.ok()) return provision.status();
  return std::make_unique<Rest>(http, clock, *std::move(provision));
}

}  // namespace webex_gateway
