// How webexctl's texts are formatted.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace webex_gateway::client {

// Which fields JSON shows: those that are set; or all, an empty one as "", 0 or [], for scripts that process many
// objects.
enum class JsonFields { kSet, kAll };
// Invisible characters (server/base/unseen.h) are escaped in it.
std::string Json(const google::protobuf::Message& message, JsonFields fields = JsonFields::kSet);

// Appends "  Label:   text" with aligned, printable texts; nothing for an empty text.
void AppendLine(std::string& out, absl::string_view label, absl::string_view text);

// Appends the line with Webex's tracking id; nothing if there is none.
void AppendTrackingId(std::string& out, absl::string_view tracking_id);

// The tracking ids under which the gateway sent an order's attempts; empty for no attempt.
std::string SentAs(absl::string_view request_id, int attempts);

}  // namespace webex_gateway::client
