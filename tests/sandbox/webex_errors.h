// Errors in Webex's format: {"message": ..., "errors": [{"description": ...}], "trackingId": ...}.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "tests/sandbox/http_message.h"

namespace webex_gateway::sandbox {

// Error codes that Webex is known to use.
inline constexpr int kMissingParameter = 1001;
inline constexpr int kUserAlreadyAssociated = 10022;

struct ErrorItem {
  std::string description;
  int code = 0;       // 0 for none
  std::string field;  // empty for none
};

std::string WebexErrorJson(absl::string_view message, const std::vector<ErrorItem>& items,
                           absl::string_view tracking_id);

// An error whose only item repeats its message.
Answer WebexError(int status, const std::string& message, absl::string_view tracking_id, int code = 0);

// The default message of a status.
std::string UsualMessage(int status);

}  // namespace webex_gateway::sandbox
