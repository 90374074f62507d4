// Converts Webex's JSON for a workspace to the contract's message.
#pragma once

#include <optional>

#include "absl/strings/string_view.h"
#include "webex/broadworks/v1/workspaces.pb.h"

namespace webex_gateway {

// The workspace in `json`, PROVISIONED; nothing if ParseJson (parse_json.h) refuses it, or if it is not an object with
// an `id` as in the contract: 1 to 256 bytes without control characters. Members that the contract does not know are
// ignored, whatever they contain, and so are members of the wrong type: Webex has created the workspace, and an odd
// `created` must not hide its id.
std::optional<webex::broadworks::v1::Workspace> ReadWorkspace(absl::string_view json);

}  // namespace webex_gateway
