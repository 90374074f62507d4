// Writes messages as JSON, by protobuf's own mapping. Implemented here, since protobuf's writer builds a description of
// the type for each message: that was a sixth of the work for an order.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace webex_gateway {

// Texts, integers, booleans, enumerations, messages of these, and lists of any of them can be written. An error names a
// field that cannot.
absl::Status CheckHasJson(const google::protobuf::FieldDescriptor& field);

// Appends an object with those fields that are set. Each has passed the check, and `message` is valid UTF-8.
void AppendJson(const google::protobuf::Message& message,
                absl::Span<const google::protobuf::FieldDescriptor* const> fields, std::string& json);

// Appends the field's value. It is set, has passed the check, and is valid UTF-8.
void AppendJsonValue(const google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field,
                     std::string& json);

}  // namespace webex_gateway
