// The content of an error body from Webex, in any format.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/base/error.h"

namespace webex_gateway {

// Each part is empty if the body does not contain it. Valid UTF-8.
struct WebexErrorBody {
  std::string message;  // for a person, on one line: every description and message, at most 1000 bytes
  std::string code;     // Webex's error code, such as "1001"; the first of several
  std::vector<FieldViolation> violations;  // the invalid fields that it names
  std::string tracking_id;
};

// Reads the formats that Webex and proxies before it have been seen to send:
//   {"message", "errors": [{"description", "errorCode", "fieldName"}], "trackingId"}   the documented one
//   {"error": {"key", "message": [{"description", "code"}]}}, or `error` as a list
//   {"code", "message", "trackingId"}
//   {"errors": ["text"]}, {"message": ["text"]}
//   {"title", "detail"} (RFC 9457), {"fault": {"faultstring"}}                        from proxies before it
//   {"Errors": [{"errorCode": "200001"}]}
//   {"error": "...", "error_description": "..."}                                      from the token endpoint
//   plain text (its beginning), HTML (ignored), nothing, and anything else (ignored)
WebexErrorBody ReadErrorBody(absl::string_view body);

}  // namespace webex_gateway
