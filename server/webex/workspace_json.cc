#include "server/webex/workspace_json.h"

#include "google/protobuf/util/time_util.h"
#include "server/base/unseen.h"
#include "server/base/workspace_id.h"
#include "server/webex/parse_json.h"

namespace webex_gateway {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Struct;
using google::protobuf::Timestamp;
using google::protobuf::Value;
using google::protobuf::util::TimeUtil;
using webex::broadworks::v1::Workspace;

// Where it fits: texts, and times as text.
void Read(const Value& value, const FieldDescriptor& field, Workspace& workspace) {
  if (value.kind_case() != Value::kStringValue) return;
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
    workspace.GetReflection()->SetString(&workspace, &field, value.string_value());
  } else if (field.message_type() == Timestamp::descriptor()) {
    Timestamp time;
    if (!TimeUtil::FromString(value.string_value(), &time)) return;
    workspace.GetReflection()->MutableMessage(&workspace, &field)->CopyFrom(time);
  }
}

// An id as the contract has it.
bool IsId(absl::string_view id) { return !id.empty() && id.size() <= kMaxWorkspaceIdBytes && !HasControlCharacter(id); }

}  // namespace

std::optional<Workspace> ReadWorkspace(absl::string_view json) {
  const Struct members = ParseObject(json);
  Workspace workspace;
  for (int i = 0; i < Workspace::descriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *Workspace::descriptor()->field(i);
    const auto member = members.fields().find(field.json_name());
    if (member != members.fields().end()) Read(member->second, field, workspace);
  }
  if (!IsId(workspace.id())) return std::nullopt;
  workspace.set_state(Workspace::PROVISIONED);
  return workspace;
}

}  // namespace webex_gateway
