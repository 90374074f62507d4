// What an error body of Webex's says, whatever its shape.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/base/error.h"

namespace webex_gateway {

// Each part is empty where the body does not say it. Valid UTF-8.
struct WebexErrorBody {
  std::string message;  // for a person, on one line: every description and message, at most 1000 bytes
  std::string code;     // Webex's error code, such as "1001"; of several the first
  std::vector<FieldViolation> violations;  // the faulty fields that it names
  std::string tracking_id;
};

// Reads the shapes that Webex and what stands before it have been seen to send:
//   {"message", "errors": [{"description", "errorCode", "fieldName"}], "trackingId"}   the documented one
//   {"error": {"key", "message": [{"description", "code"}]}}, or `error` as a list
//   {"code", "message", "trackingId"}
//   {"errors": ["text"]}, {"message": ["text"]}
//   {"title", "detail"} (RFC 9457), {"fault": {"faultstring"}}                        of what stands before it
//   {"Errors": [{"errorCode": "200001"}]}
//   {"error": "...", "error_description": "..."}                                      of the token endpoint
//   plain text (its beginning), HTML (passed over), nothing, and anything else (passed over)
WebexErrorBody ReadErrorBody(absl::string_view body);

}  // namespace webex_gateway
