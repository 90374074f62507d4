#include "server/rpc/messages.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/unknown_field_set.h"
#include "grpcpp/support/proto_buffer_reader.h"
#include "server/base/utf8.h"
#include "server/rpc/compression.h"

namespace webex_gateway {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::UnknownField;

constexpr size_t kMaxRequestBytes = 64 << 10;

bool Parse(grpc::ByteBuffer bytes, google::protobuf::Message& message) {
  if (!bytes.Valid()) return true;  // no bytes: every field has its default
  grpc::ProtoBufferReader reader(&bytes);
  return reader.status().ok() && message.ParseFromZeroCopyStream(&reader);
}

}  // namespace

bool FromWire(const grpc::ByteBuffer& bytes, google::protobuf::Message& message) {
  absl::StatusOr<grpc::ByteBuffer> plain = Decompress(bytes, kMaxRequestBytes);
  return plain.ok() && Parse(*std::move(plain), message);
}

grpc::ByteBuffer ToWire(const google::protobuf::Message& message) {
  grpc::Slice slice(message.ByteSizeLong());
  message.SerializeWithCachedSizesToArray(const_cast<uint8_t*>(slice.begin()));
  return grpc::ByteBuffer(&slice, 1);
}

grpc::ByteBuffer ToWire(const std::string& serialized) {
  grpc::Slice slice(serialized);
  return grpc::ByteBuffer(&slice, 1);
}

std::string FaultyField(const grpc::ByteBuffer& bytes, const google::protobuf::Descriptor& type) {
  grpc::ByteBuffer shared(bytes);
  grpc::ProtoBufferReader reader(&shared);
  google::protobuf::UnknownFieldSet fields;
  if (!fields.ParseFromZeroCopyStream(&reader)) return "";
  for (int i = 0; i < fields.field_count(); ++i) {
    const UnknownField& field = fields.field(i);
    const FieldDescriptor* known = type.FindFieldByNumber(field.number());
    const bool text = field.type() == UnknownField::TYPE_LENGTH_DELIMITED && known != nullptr &&
                      known->type() == FieldDescriptor::TYPE_STRING;
    if (text && !IsUtf8(field.length_delimited())) return known->json_name();
  }
  return "";
}

std::vector<FieldViolation> Decode(const std::optional<grpc::ByteBuffer>& bytes, google::protobuf::Message& request) {
  if (!bytes) return {{"(message)", "is missing"}};
  const absl::StatusOr<grpc::ByteBuffer> plain = Decompress(*bytes, kMaxRequestBytes);
  if (absl::IsResourceExhausted(plain.status())) {
    return {{"(message)", "has more than the 65536 bytes that are allowed when it is decompressed"}};
  }
  if (!plain.ok()) return {{"(message)", std::string(plain.status().message())}};
  if (plain->Length() > kMaxRequestBytes) {
    return {{"(message)", absl::StrCat("has ", plain->Length(), " bytes; at most 65536 are allowed")}};
  }
  if (Parse(*plain, request)) return {};
  const google::protobuf::Descriptor& type = *request.GetDescriptor();
  const std::string field = FaultyField(*plain, type);
  if (field.empty()) return {{"(message)", absl::StrCat("is not a ", type.name())}};
  return {{field, "is not valid UTF-8"}};
}

}  // namespace webex_gateway
