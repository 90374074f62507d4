#include "server/webex/workspace_json.h"

#include <string>

#include "absl/container/flat_hash_map.h"
#include "google/protobuf/util/time_util.h"
#include "server/base/unseen.h"
#include "server/base/workspace_id.h"
#include "server/webex/parse_json.h"

namespace webex_gateway {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Timestamp;
using google::protobuf::util::TimeUtil;
using webex::broadworks::v1::Workspace;

// The workspace's fields by their JSON names.
const FieldDescriptor* FieldNamed(absl::string_view name) {
  static const auto& fields = *[] {
    auto* const by_name = new absl::flat_hash_map<std::string, const FieldDescriptor*>;
    const google::protobuf::Descriptor& type = *Workspace::descriptor();
    for (int i = 0; i < type.field_count(); ++i) by_name->emplace(type.field(i)->json_name(), type.field(i));
    return by_name;
  }();
  const auto field = fields.find(name);
  return field == fields.end() ? nullptr : field->second;
}

// Sets the field if the type fits: texts, and times as text. Of members with the same name, the last counts.
void Read(const FieldDescriptor& field, std::optional<absl::string_view> text, Workspace& workspace) {
  const google::protobuf::Reflection& reflection = *workspace.GetReflection();
  Timestamp time;
  if (text && field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
    reflection.SetString(&workspace, &field, std::string(*text));
  } else if (text && field.message_type() == Timestamp::descriptor() &&
             TimeUtil::FromString(std::string(*text), &time)) {
    reflection.MutableMessage(&workspace, &field)->CopyFrom(time);
  } else {
    reflection.ClearField(&workspace, &field);
  }
}

// An id as in the contract.
bool IsId(absl::string_view id) { return !id.empty() && id.size() <= kMaxWorkspaceIdBytes && !HasControlCharacter(id); }

}  // namespace

std::optional<Workspace> ReadWorkspace(absl::string_view json) {
  Workspace workspace;
  const bool is_object = ReadMembers(json, [&workspace](absl::string_view name, std::optional<absl::string_view> text) {
    const FieldDescriptor* const field = FieldNamed(name);
    if (field != nullptr) Read(*field, text, workspace);
  });
  if (!is_object || !IsId(workspace.id())) return std::nullopt;
  workspace.set_state(Workspace::PROVISIONED);
  return workspace;
}

}  // namespace webex_gateway
