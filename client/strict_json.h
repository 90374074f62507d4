// JSON as its standard has it (RFC 8259), of which protobuf's reader takes more: names without quotes, commas behind
// the last member, the last of members that have one name.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace webex_gateway::client {

// What is wrong with `json`, with its place: "line 3, column 5: ..."; empty where nothing is. Two members of an object
// have one name also where protobuf takes both names for one field (userId, user_id). Whether texts are UTF-8, and
// numbers are any, is for whoever reads them. `line` is that of the first one in the file.
std::string FaultInJson(absl::string_view json, size_t line = 1);

}  // namespace webex_gateway::client
