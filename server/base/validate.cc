#include "server/base/validate.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/api/field_behavior.pb.h"
#include "server/base/unseen.h"
#include "server/base/uuid.h"
#include "server/base/workspace_id.h"

namespace webex_gateway {
namespace {

using google::protobuf::FieldDescriptor;

constexpr size_t kMaxFieldBytes = 1024;

bool IsRequired(const FieldDescriptor& field) {
  const auto& behaviors = field.options().GetRepeatedExtension(google::api::field_behavior);
  return std::find(behaviors.begin(), behaviors.end(), google::api::REQUIRED) != behaviors.end();
}

bool IsWorkspaceId(const FieldDescriptor& field) {
  return field.name() == "workspace_id" || field.full_name() == "webex.broadworks.v1.Workspace.id";
}

// What is wrong with the value; empty if nothing is.
std::string FaultOf(const FieldDescriptor& field, const std::string& value) {
  if (value.empty()) return IsRequired(field) ? "must not be empty" : "";
  const size_t most = IsWorkspaceId(field) ? kMaxWorkspaceIdBytes : kMaxFieldBytes;
  if (value.size() > most) return absl::StrCat("has ", value.size(), " bytes; at most ", most, " are allowed");
  if (HasControlCharacter(value)) return "has control characters";
  // Even encoded, a proxy may take it for a step in the path, and so change the target.
  if (field.name() == "workspace_id" && (value == "." || value == ".."))
    return "is a step in a path, not a workspace id";
  if (field.name() == "request_id" && !IsUuid(value)) return "is not a UUID (8-4-4-4-12 hexadecimal digits)";
  return "";
}

void ValidateInto(const google::protobuf::Message& message, const std::string& path,
                  std::vector<FieldViolation>& violations);

void ValidateText(const FieldDescriptor& field, const std::string& value, const std::string& path,
                  std::vector<FieldViolation>& violations) {
  std::string fault = FaultOf(field, value);
  if (!fault.empty()) violations.push_back({path, std::move(fault)});
}

void ValidateList(const google::protobuf::Message& message, const FieldDescriptor& field, const std::string& path,
                  std::vector<FieldViolation>& violations) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  const int size = reflection.FieldSize(message, &field);
  if (size == 0 && IsRequired(field)) violations.push_back({path, "must not be empty"});
  for (int i = 0; i < size; ++i) {
    const std::string element = absl::StrCat(path, "[", i, "]");
    if (field.type() == FieldDescriptor::TYPE_STRING) {
      ValidateText(field, reflection.GetRepeatedString(message, &field, i), element, violations);
    } else if (field.type() == FieldDescriptor::TYPE_MESSAGE) {
      ValidateInto(reflection.GetRepeatedMessage(message, &field, i), element + ".", violations);
    }
  }
}

// `path` is the prefix of the names of the message's fields.
void ValidateInto(const google::protobuf::Message& message, const std::string& path,
                  std::vector<FieldViolation>& violations) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  const google::protobuf::Descriptor& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const std::string name = path + field.json_name();
    if (field.is_repeated()) {
      ValidateList(message, field, name, violations);
    } else if (field.type() == FieldDescriptor::TYPE_STRING) {
      ValidateText(field, reflection.GetString(message, &field), name, violations);
    } else if (field.type() == FieldDescriptor::TYPE_MESSAGE) {
      const bool is_set = reflection.HasField(message, &field);
      if (is_set) ValidateInto(reflection.GetMessage(message, &field), name + ".", violations);
      if (!is_set && IsRequired(field)) violations.push_back({name, "must not be empty"});
    }
  }
}

}  // namespace

std::vector<FieldViolation> Validate(const google::protobuf::Message& request) {
  std::vector<FieldViolation> violations;
  ValidateInto(request, "", violations);
  return violations;
}

}  // namespace webex_gateway
