// What an export of Webex Control Hub's workspaces says of orders to provision that are UNKNOWN. Pure; resolve_many.h
// has it done.
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
  kNotApplied,  // its user has none, and it had time enough to come
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
  // So long before the export, at least, an order must have been sent at the latest, for its absence to say anything.
  absl::Duration older_than;
  absl::Time exported_at;
};

using Operations = google::protobuf::RepeatedPtrField<webex::broadworks::v1::Operation>;

// Those that are to be looked for in the export (FoldedName).
std::set<std::string> UsersOf(const Operations& operations);

// One for each of `unknown`, in their order, which must outlive them.
std::vector<Settlement> Settle(const Operations& unknown, const WorkspaceExport& found, const SettlementRules& rules);

}  // namespace webex_gateway::client
