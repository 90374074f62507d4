// Decides about UNKNOWN orders to provision by an export of Webex Control Hub's workspaces. Pure; resolve_many.h
// carries it out.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "client/workspace_export.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "webex/broadworks/v1/operations.pb.h"

namespace webex_gateway::client {

enum class Finding {
  kApplied,     // its user has one workspace
  kNotApplied,  // its user has none, and there was enough time for one to appear
  kLeft,        // for a person
};

struct Settlement {
  const webex::broadworks::v1::Operation* operation = nullptr;
  Finding finding = Finding::kLeft;
  std::string workspace_id{};  // of kApplied
  std::string why{};           // of kLeft
};

struct SettlementRules {
  bool absent_is_not_applied = false;
  // An order's latest time of sending must be at least this long before the export for its absence to mean anything.
  absl::Duration older_than;
  absl::Time exported_at;
};

using Operations = google::protobuf::RepeatedPtrField<webex::broadworks::v1::Operation>;

// The users to look for in the export (FoldedName).
std::set<std::string> UsersOf(const Operations& operations);

// One for each of `unknown`, in their order. `unknown` must outlive the result.
std::vector<Settlement> Settle(const Operations& unknown, const WorkspaceExport& found, const SettlementRules& rules);

}  // namespace webex_gateway::client
