// What can be told of a request from its contract alone.
#pragma once

#include <vector>

#include "google/protobuf/message.h"
#include "server/base/error.h"

namespace webex_gateway {

// Every fault of `request`, by what its proto says of it: a REQUIRED field that is empty, text of more than 1024 bytes
// (a workspace's id: 256), text with control characters (C0, DEL, C1), and a request_id that is no UUID, in lists and
// in messages within, too ("site.tags[2]"). Nothing else: Webex publishes no format, and the gateway is never stricter.
std::vector<FieldViolation> Validate(const google::protobuf::Message& request);

}  // namespace webex_gateway
