// What we ask of Webex about workspaces.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/base/async.h"
#include "server/base/clock.h"
#include "server/http/http.h"
#include "webex/broadworks/v1/workspaces.pb.h"

namespace webex_gateway {

struct ProvisionedWorkspace {
  webex::broadworks::v1::Workspace workspace;
  std::string tracking_id;  // Webex's; may be empty
};

// The workspace that `request` describes: without id, time and state.
webex::broadworks::v1::Workspace AsOrdered(const webex::broadworks::v1::ProvisionWorkspaceRequest& request);

class Workspaces {
 public:
  virtual ~Workspaces() = default;

  // Orders a workspace. Errors are those of errors.h; `call` must outlive the coroutine's run.
  virtual Async<absl::StatusOr<ProvisionedWorkspace>> Provision(
      const webex::broadworks::v1::ProvisionWorkspaceRequest& request, Call& call) = 0;
};

// Over HTTP. `http` and `clock` must outlive it. An error: the contract's REST binding is not usable.
absl::StatusOr<std::unique_ptr<Workspaces>> RestWorkspaces(HttpClient& http, Clock& clock);

}  // namespace webex_gateway
