// The sandbox's workspaces. In memory only: each workspace costs about half a kilobyte, so a long load that never
// removes any grows by that for every order.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/node_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/sandbox/dice.h"

namespace webex_gateway::sandbox {

struct Workspace {
  Uuid uuid;
  absl::Time created;
  std::string provisioning_id;
  std::string user_id;
  std::string sp_enterprise_id;
  std::string display_name;
  std::optional<std::string> primary_phone_number;
  std::optional<std::string> extension;
};

// Webex's id of a workspace: unpadded base64 of `ciscospark://us/PLACE/<uuid>`, and back.
std::string WorkspaceId(const Uuid& uuid);
std::optional<Uuid> ParseWorkspaceId(absl::string_view id);

// The workspace in Webex's JSON; a field that was not given is omitted.
std::string WorkspaceJson(const Workspace& workspace);

// What an Update may change; unset fields stay unchanged.
struct WorkspaceChanges {
  std::optional<std::string> user_id;
  std::optional<std::string> primary_phone_number;
  std::optional<std::string> extension;
};

// Any thread may call any of these. A user id has at most one workspace.
class Workspaces {
 public:
  Workspaces();

  // False if the user has a workspace already.
  bool Add(const Workspace& workspace);
  // The workspace after the update; NOT_FOUND, or ALREADY_EXISTS if the new user id has another workspace.
  absl::StatusOr<Workspace> Update(const Uuid& uuid, const WorkspaceChanges& changes);
  // False if there is none.
  bool Remove(const Uuid& uuid);
  // All, oldest first.
  std::vector<Workspace> List() const;
  void Clear();

 private:
  mutable std::mutex mutex_;  // guards the members below
  absl::node_hash_map<Uuid, Workspace> by_uuid_;
  // The keys are the user ids within by_uuid_, whose nodes never move.
  absl::flat_hash_map<absl::string_view, Workspace*> by_user_;
};

}  // namespace webex_gateway::sandbox
