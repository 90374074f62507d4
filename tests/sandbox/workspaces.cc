#include "tests/sandbox/workspaces.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "tests/sandbox/json.h"

namespace webex_gateway::sandbox {
namespace {

constexpr absl::string_view kIdPrefix = "ciscospark://us/PLACE/";

// As many workspaces as a benchmark creates in some seconds: growing the tables during it would show as a stall.
constexpr size_t kExpectedWorkspaces = size_t{1} << 18;

std::string CreatedText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%S", time, absl::UTCTimeZone()) +
         absl::StrFormat(".%03dZ", absl::ToUnixMillis(time) % 1000);
}

}  // namespace

std::string WorkspaceId(const Uuid& uuid) { return absl::WebSafeBase64Escape(absl::StrCat(kIdPrefix, UuidText(uuid))); }

std::optional<Uuid> ParseWorkspaceId(absl::string_view id) {
  std::string text;
  if (!absl::WebSafeBase64Unescape(id, &text)) return std::nullopt;
  absl::string_view rest = text;
  if (!absl::ConsumePrefix(&rest, kIdPrefix)) return std::nullopt;
  return ParseUuid(rest);
}

std::string WorkspaceJson(const Workspace& workspace) {
  std::string out;
  out.reserve(512);
  out.push_back('{');
  AppendJsonMember("id", WorkspaceId(workspace.uuid), out);
  AppendJsonMember("provisioningId", workspace.provisioning_id, out);
  AppendJsonMember("userId", workspace.user_id, out);
  AppendJsonMember("spEnterpriseId", workspace.sp_enterprise_id, out);
  AppendJsonMember("displayName", workspace.display_name, out);
  if (workspace.primary_phone_number) AppendJsonMember("primaryPhoneNumber", *workspace.primary_phone_number, out);
  if (workspace.extension) AppendJsonMember("extension", *workspace.extension, out);
  AppendJsonMember("created", CreatedText(workspace.created), out);
  out.push_back('}');
  return out;
}

Workspaces::Workspaces() {
  by_uuid_.reserve(kExpectedWorkspaces);
  by_user_.reserve(kExpectedWorkspaces);
}

bool Workspaces::Add(const Workspace& workspace) {
  const std::lock_guard lock(mutex_);
  if (by_user_.contains(workspace.user_id)) return false;
  const auto [added, is_new] = by_uuid_.emplace(workspace.uuid, workspace);
  if (is_new) by_user_.emplace(added->second.user_id, &added->second);
  return is_new;
}

absl::StatusOr<Workspace> Workspaces::Update(const Uuid& uuid, const WorkspaceChanges& changes) {
  const std::lock_guard lock(mutex_);
  const auto found = by_uuid_.find(uuid);
  if (found == by_uuid_.end()) return absl::NotFoundError("no such workspace");
  Workspace& workspace = found->second;
  if (changes.user_id && *changes.user_id != workspace.user_id) {
    if (by_user_.contains(*changes.user_id)) return absl::AlreadyExistsError("the user has a workspace");
    by_user_.erase(workspace.user_id);
    workspace.user_id = *changes.user_id;
    by_user_.emplace(workspace.user_id, &workspace);
  }
  if (changes.primary_phone_number) workspace.primary_phone_number = changes.primary_phone_number;
  if (changes.extension) workspace.extension = changes.extension;
  return workspace;
}

bool Workspaces::Remove(const Uuid& uuid) {
  const std::lock_guard lock(mutex_);
  const auto found = by_uuid_.find(uuid);
  if (found == by_uuid_.end()) return false;
  by_user_.erase(found->second.user_id);
  by_uuid_.erase(found);
  return true;
}

std::vector<Workspace> Workspaces::List() const {
  std::vector<Workspace> list;
  {
    const std::lock_guard lock(mutex_);
    list.reserve(by_uuid_.size());
    for (const auto& [uuid, workspace] : by_uuid_) list.push_back(workspace);
  }
  std::sort(list.begin(), list.end(), [](const Workspace& a, const Workspace& b) { return a.created < b.created; });
  return list;
}

void Workspaces::Clear() {
  const std::lock_guard lock(mutex_);
  by_user_.clear();
  by_uuid_.clear();
}

}  // namespace webex_gateway::sandbox
