// Messages between their wire form and their types.
#pragma once

#include <string>

#include "google/protobuf/message.h"
#include "grpcpp/support/byte_buffer.h"

namespace webex_gateway {

// False: the bytes are no message of this type.
bool FromWire(const grpc::ByteBuffer& bytes, google::protobuf::Message& message);

grpc::ByteBuffer ToWire(const google::protobuf::Message& message);

// Which field of `type` makes FromWire fail, by its JSON name: the first string that is no UTF-8. Empty where the bytes
// are broken otherwise.
std::string FaultyField(const grpc::ByteBuffer& bytes, const google::protobuf::Descriptor& type);

}  // namespace webex_gateway
