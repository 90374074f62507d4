// JSON from outside, to messages. protobuf's parser takes time beyond all bounds for deeply nested arrays, and half a
// second of the loop's for a mebibyte; so there is a guard before it.
#pragma once

#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "google/protobuf/util/json_util.h"

namespace webex_gateway {

// False: `json` is not the message's, or it is longer (64 KiB) or nests deeper (32) than any answer has reason to, or
// holds one of the apostrophes that protobuf would take for quotes. What `message` holds then is not defined.
bool ParseJson(absl::string_view json, google::protobuf::Message& message,
               const google::protobuf::util::JsonParseOptions& options = {});

}  // namespace webex_gateway
