// Converts messages between their wire form and their types.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "google/protobuf/message.h"
#include "grpcpp/support/byte_buffer.h"
#include "server/base/error.h"

namespace webex_gateway {

// False: the bytes are not a message of this type.
bool FromWire(const grpc::ByteBuffer& bytes, google::protobuf::Message& message);

grpc::ByteBuffer ToWire(const google::protobuf::Message& message);
// The same for a message that already has its wire form.
grpc::ByteBuffer ToWire(const std::string& serialized);

// The JSON name of the field of `type` that makes FromWire fail: the first string that is not valid UTF-8. Empty if the
// bytes are invalid for another reason.
std::string FaultyField(const grpc::ByteBuffer& bytes, const google::protobuf::Descriptor& type);

// Reads a unary RPC's message, as returned by RpcCall::Read, into `request`. Returns its faults, if any: it is missing,
// it has more than 64 KiB, it is not such a message, or text in it is not valid UTF-8.
std::vector<FieldViolation> Decode(const std::optional<grpc::ByteBuffer>& bytes, google::protobuf::Message& request);

}  // namespace webex_gateway
