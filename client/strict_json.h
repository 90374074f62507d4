// Checks JSON strictly by RFC 8259. protobuf's reader accepts more: names without quotes, a comma after the last
// member, and duplicate members, of which it takes the last.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace webex_gateway::client {

// The first fault in `json`, with its position: "line 3, column 5: ..."; empty if there is none. Two members of an
// object are also duplicates if protobuf takes both names for one field (userId, user_id). Whether texts are valid
// UTF-8 and numbers are valid is left to their reader. `line` is the number of the first line in the file.
std::string FaultInJson(absl::string_view json, size_t line = 1);

}  // namespace webex_gateway::client
