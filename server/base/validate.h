// Validates a request by its contract alone.
#pragma once

#include <vector>

#include "google/protobuf/message.h"
#include "server/base/error.h"

namespace webex_gateway {

// Every fault of `request` by its proto definition: a REQUIRED field that is empty, text of more than 1024 bytes (a
// workspace's id: 256), text with control characters (C0, DEL, C1), and a request_id that is not a UUID, also in lists
// and nested messages ("site.tags[2]"). Nothing else: Webex publishes no format, and the gateway is never stricter.
std::vector<FieldViolation> Validate(const google::protobuf::Message& request);

}  // namespace webex_gateway
