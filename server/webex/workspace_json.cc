#include "server/webex/workspace_json.h"

#include <string>

#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "server/webex/parse_json.h"

namespace webex_gateway {
namespace {

using webex::broadworks::v1::Workspace;

google::protobuf::util::JsonParseOptions Lenient() {
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  return options;
}

// Member by member, leaving out those that do not fit.
Workspace ReadWhatFits(absl::string_view json) {
  Workspace workspace;
  google::protobuf::Struct members;
  if (!ParseJson(json, members)) return workspace;
  const google::protobuf::Descriptor& type = *Workspace::descriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const std::string& name = type.field(i)->json_name();
    const auto value = members.fields().find(name);
    if (value == members.fields().end()) continue;
    google::protobuf::Struct single;
    (*single.mutable_fields())[name] = value->second;
    std::string member;
    Workspace read;
    if (google::protobuf::util::MessageToJsonString(single, &member).ok() && ParseJson(member, read, Lenient())) {
      workspace.MergeFrom(read);
    }
  }
  return workspace;
}

}  // namespace

std::optional<Workspace> ReadWorkspace(absl::string_view json) {
  Workspace workspace;
  if (!ParseJson(json, workspace, Lenient())) workspace = ReadWhatFits(json);
  if (workspace.id().empty()) return std::nullopt;
  workspace.set_state(Workspace::PROVISIONED);
  return workspace;
}

}  // namespace webex_gateway
