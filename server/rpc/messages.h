// Messages between their wire form and their types.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "google/protobuf/message.h"
#include "grpcpp/support/byte_buffer.h"
#include "server/base/error.h"

namespace webex_gateway {

// False: the bytes are no message of this type.
bool FromWire(const grpc::ByteBuffer& bytes, google::protobuf::Message& message);

grpc::ByteBuffer ToWire(const google::protobuf::Message& message);
// The same of a message that has its wire form already.
grpc::ByteBuffer ToWire(const std::string& serialized);

// Which field of `type` makes FromWire fail, by its JSON name: the first string that is no UTF-8. Empty where the bytes
// are broken otherwise.
std::string FaultyField(const grpc::ByteBuffer& bytes, const google::protobuf::Descriptor& type);

// Reads a unary RPC's one message, as RpcCall::Read gave it, into `request`. What is wrong with it, if anything is:
// there is none, it has more than 64 KiB, it is no such message, or text in it is no UTF-8.
std::vector<FieldViolation> Decode(const std::optional<grpc::ByteBuffer>& bytes, google::protobuf::Message& request);

}  // namespace webex_gateway
