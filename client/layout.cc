#include "client/layout.h"

#include <google/protobuf/util/json_util.h>

#include "absl/strings/str_cat.h"
#include "client/text.h"
#include "server/base/unseen.h"

namespace webex_gateway::client {

std::string Json(const google::protobuf::Message& message, JsonFields fields) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.always_print_primitive_fields = fields == JsonFields::kAll;
  std::string json;
  // Cannot fail: every string is UTF-8, and there is no Any whose type might be unknown.
  (void)google::protobuf::util::MessageToJsonString(message, &json, options);
  return EscapeUnseen(json, "\n");  // inside strings, whose meaning stays the same
}

void AppendLine(std::string& out, absl::string_view label, absl::string_view text) {
  constexpr size_t kColumn = 16;
  if (text.empty()) return;
  absl::StrAppend(&out, "  ", label, std::string(kColumn - label.size(), ' '), Printable(text), "\n");
}

void AppendTrackingId(std::string& out, absl::string_view tracking_id) {
  if (tracking_id.empty()) return;
  AppendLine(out, "Tracking id:", absl::StrCat(tracking_id, " (quote it to Cisco's support)"));
}

std::string SentAs(absl::string_view request_id, int attempts) {
  if (attempts <= 0) return "";
  return absl::StrCat("WXGW_", request_id, "_1", attempts > 1 ? absl::StrCat(" to _", attempts) : "");
}

}  // namespace webex_gateway::client
