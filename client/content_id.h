// Ids derived from what they name, so that nobody needs to store them.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace webex_gateway::client {

// The UUID of version 5 (RFC 9562) of `name` in the namespace with the 16 bytes `space`: 36 characters, lower case.
std::string NameUuid(absl::string_view space, absl::string_view name);

// The request id of an order with this content: its method and the texts set in it, except request_id. It is the same
// in every version of webexctl, on every machine, so that a gateway recognises the order.
std::string ContentId(absl::string_view method, const google::protobuf::Message& order);

}  // namespace webex_gateway::client
