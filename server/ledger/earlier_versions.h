// What earlier versions have put on record lacks what this one goes by; here it is made whole. They knew orders that
// provision alone, and neither subjects nor the ids of workspaces.
#pragma once

#include <functional>
#include <string>

#include "absl/strings/string_view.h"
#include "server/ledger/ledger.h"

namespace webex_gateway {

// The subject of an order that provisions.
using SubjectOfUser = std::function<std::string(const std::string& sp_enterprise_id, const std::string& user_id)>;

// Gives an operation that has an answer its workspace's id, which is the first field of that message.
void AddWorkspaceId(Operation& operation);

}  // namespace webex_gateway
