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

// What is wrong with the value; empty if nothing is.
std::string FaultOf(const FieldDescriptor& field, const std::string& value) {
  if (value.empty()) return IsRequired(field) ? "must not be empty" : "";
  const size_t most = field.name() == "workspace_id" ? kMaxWorkspaceIdBytes : kMaxFieldBytes;
  if (value.size() > most) return absl::StrCat("has ", value.size(), " bytes; at most ", most, " are allowed");
  if (HasControlCharacter(value)) return "has control characters";
  // Encoded or not, whoever passes the request on may take it for a step in the path, and so change what is meant.
  if (field.name() == "workspace_id" && (value == "." || value == ".."))
    return "is a step in a path, no workspace's id";
  if (field.name() == "request_id" && !IsUuid(value)) return "is not a UUID (8-4-4-4-12 hexadecimal digits)";
  return "";
}

}  // namespace

std::vector<FieldViolation> Validate(const google::protobuf::Message& request) {
  std::vector<FieldViolation> violations;
  const google::protobuf::Descriptor& type = *request.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (field.type() != FieldDescriptor::TYPE_STRING) continue;
    std::string fault = FaultOf(field, request.GetReflection()->GetString(request, &field));
    if (!fault.empty()) violations.push_back({field.json_name(), std::move(fault)});
  }
  return violations;
}

}  // namespace webex_gateway
