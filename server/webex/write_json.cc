#include "server/webex/write_json.h"

#include <set>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/json.h"

namespace webex_gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

using Types = std::set<const Descriptor*>;

// Types with a special form in protobuf's mapping: times, wrappers, masks.
bool IsWellKnown(const Descriptor& type) { return absl::StartsWith(type.full_name(), "google.protobuf."); }

bool HasJson(const FieldDescriptor& field, Types& seen) {
  if (field.is_map()) return false;
  switch (field.type()) {
    case FieldDescriptor::TYPE_BYTES:
    case FieldDescriptor::TYPE_DOUBLE:
    case FieldDescriptor::TYPE_FLOAT:
    case FieldDescriptor::TYPE_GROUP:
      return false;
    case FieldDescriptor::TYPE_MESSAGE:
      break;
    default:
      return true;
  }
  const Descriptor& type = *field.message_type();
  if (IsWellKnown(type)) return false;
  if (!seen.insert(&type).second) return true;
  for (int i = 0; i < type.field_count(); ++i) {
    if (!HasJson(*type.field(i), seen)) return false;
  }
  return true;
}

bool IsSet(const Message& message, const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  return field.is_repeated() ? reflection.FieldSize(message, &field) > 0 : reflection.HasField(message, &field);
}

void AppendEnum(const FieldDescriptor& field, int number, std::string& json) {
  const EnumValueDescriptor* const value = field.enum_type()->FindValueByNumber(number);
  value != nullptr ? AppendJsonText(value->name(), json) : absl::StrAppend(&json, number);
}

void AppendMessage(const Message& message, std::string& json) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  AppendJson(message, fields, json);
}

// 64-bit numbers are texts there, as JavaScript's have 53 bits.
template <typename Integer>
void AppendInteger(Integer value, std::string& json) {
  const char* const quote = sizeof value == 8 ? "\"" : "";
  absl::StrAppend(&json, quote, value, quote);
}

// For a list, the element at `index`.
const Message& MessageIn(const Message& message, const FieldDescriptor& field, int index) {
  const Reflection& reflection = *message.GetReflection();
  return field.is_repeated() ? reflection.GetRepeatedMessage(message, &field, index)
                             : reflection.GetMessage(message, &field);
}

// The value of a field; for a list, the element at `index`.
void AppendElement(const Message& message, const FieldDescriptor& field, int index, std::string& json) {
  // Reflection's two ways to read a value: from a field, and from a list.
  const auto get = [&](auto single, auto repeated, auto... more) -> decltype(auto) {
    const Reflection& reflection = *message.GetReflection();
    return field.is_repeated() ? (reflection.*repeated)(message, &field, index, more...)
                               : (reflection.*single)(message, &field, more...);
  };
  std::string scratch;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return AppendJsonText(get(&Reflection::GetStringReference, &Reflection::GetRepeatedStringReference, &scratch),
                            json);
    case FieldDescriptor::CPPTYPE_BOOL:
      return absl::StrAppend(&json, get(&Reflection::GetBool, &Reflection::GetRepeatedBool) ? "true" : "false");
    case FieldDescriptor::CPPTYPE_INT32:
      return AppendInteger(get(&Reflection::GetInt32, &Reflection::GetRepeatedInt32), json);
    case FieldDescriptor::CPPTYPE_UINT32:
      return AppendInteger(get(&Reflection::GetUInt32, &Reflection::GetRepeatedUInt32), json);
    case FieldDescriptor::CPPTYPE_INT64:
      return AppendInteger(get(&Reflection::GetInt64, &Reflection::GetRepeatedInt64), json);
    case FieldDescriptor::CPPTYPE_UINT64:
      return AppendInteger(get(&Reflection::GetUInt64, &Reflection::GetRepeatedUInt64), json);
    case FieldDescriptor::CPPTYPE_ENUM:
      return AppendEnum(field, get(&Reflection::GetEnumValue, &Reflection::GetRepeatedEnumValue), json);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return AppendMessage(MessageIn(message, field, index), json);
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      break;
  }
}

}  // namespace

absl::Status CheckHasJson(const FieldDescriptor& field) {
  Types seen;
  if (HasJson(field, seen)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(field.full_name(), " has a type that cannot be sent as JSON"));
}

void AppendJson(const Message& message, absl::Span<const FieldDescriptor* const> fields, std::string& json) {
  absl::string_view separator = "";
  json.push_back('{');
  for (const FieldDescriptor* const field : fields) {
    if (!IsSet(message, *field)) continue;
    absl::StrAppend(&json, separator, "\"", field->json_name(), "\":");
    AppendJsonValue(message, *field, json);
    separator = ",";
  }
  json.push_back('}');
}

void AppendJsonValue(const Message& message, const FieldDescriptor& field, std::string& json) {
  if (!field.is_repeated()) return AppendElement(message, field, 0, json);
  json.push_back('[');
  const int size = message.GetReflection()->FieldSize(message, &field);
  for (int i = 0; i < size; ++i) {
    if (i > 0) json.push_back(',');
    AppendElement(message, field, i, json);
  }
  json.push_back(']');
}

}  // namespace webex_gateway
