// Records of earlier versions lack fields that this version needs; here they are added. Those versions had only orders
// to provision, and neither subjects nor workspace ids.
#pragma once

#include <functional>
#include <string>

#include "absl/strings/string_view.h"
#include "server/ledger/ledger.h"

namespace webex_gateway {

// The subject of an order to provision.
using SubjectOfUser = std::function<std::string(const std::string& sp_enterprise_id, const std::string& user_id)>;

// Sets the workspace id of an operation that has an answer: the first field of that message.
void AddWorkspaceId(Operation& operation);

}  // namespace webex_gateway
