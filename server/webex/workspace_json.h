// Webex's JSON for a workspace, to the contract's message.
#pragma once

#include <optional>

#include "absl/strings/string_view.h"
#include "webex/broadworks/v1/workspaces.pb.h"

namespace webex_gateway {

// The workspace in `json`, PROVISIONED; nothing where ParseJson (parse_json.h) refuses it, or it is no object with an
// `id` as the contract has it: 1 to 256 bytes without control characters. Members that the contract does not know are
// passed over, whatever they hold, and so is one that is not of its type: Webex has made the workspace, and an odd
// `created` must not hide its id.
std::optional<webex::broadworks::v1::Workspace> ReadWorkspace(absl::string_view json);

}  // namespace webex_gateway
