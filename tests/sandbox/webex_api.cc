#include "tests/sandbox/webex_api.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "tests/sandbox/json.h"
#include "tests/sandbox/webex_errors.h"

namespace webex_gateway::sandbox {
namespace {

constexpr absl::string_view kWorkspacesPath = "/v1/broadworks/workspaces";
constexpr absl::string_view kTokenPath = "/v1/access_token";
constexpr absl::string_view kControlPrefix = "/sandbox/";

// One request being answered.
struct Call {
  World& world;
  const Request& request;
  const std::string& tracking_id;
  absl::Time now;

  Answer Error(int status) const { return WebexError(status, UsualMessage(status), tracking_id); }
};

Answer Malformed(const Call& call, absl::string_view why) {
  return WebexError(400, absl::StrCat("The request body is not valid: ", why, "."), call.tracking_id);
}

Answer AlreadyAssociated(const Call& call) {
  Stats::Count(call.world.stats.already_associated);
  return WebexError(409, "The BroadWorks UserID is already associated with an existing user.", call.tracking_id,
                    kUserAlreadyAssociated);
}

Answer MissingParameters(const Call& call, const std::vector<std::string>& names) {
  std::vector<ErrorItem> items;
  for (const std::string& name : names) {
    items.push_back({absl::StrCat("The mandatory parameter ", name, " is missing."), kMissingParameter, name});
  }
  return JsonAnswer(400, WebexErrorJson(items.front().description, items, call.tracking_id));
}

// A media type is case-insensitive and may have parameters.
bool IsJson(absl::string_view content_type) {
  const absl::string_view type = absl::StripAsciiWhitespace(content_type.substr(0, content_type.find(';')));
  return absl::EqualsIgnoreCase(type, "application/json");
}

Workspace WorkspaceOf(FlatObject& fields) {
  Workspace workspace;
  for (auto& [name, value] : fields) {
    if (name == "provisioningId") {
      workspace.provisioning_id = std::move(value);
    } else if (name == "userId") {
      workspace.user_id = std::move(value);
    } else if (name == "spEnterpriseId") {
      workspace.sp_enterprise_id = std::move(value);
    } else if (name == "displayName") {
      workspace.display_name = std::move(value);
    } else if (name == "primaryPhoneNumber") {
      workspace.primary_phone_number = std::move(value);
    } else if (name == "extension") {
      workspace.extension = std::move(value);
    }
  }
  return workspace;
}

std::vector<std::string> MissingFrom(const Workspace& workspace) {
  std::vector<std::string> missing;
  if (workspace.provisioning_id.empty()) missing.emplace_back("provisioningId");
  if (workspace.user_id.empty()) missing.emplace_back("userId");
  if (workspace.sp_enterprise_id.empty()) missing.emplace_back("spEnterpriseId");
  if (workspace.display_name.empty()) missing.emplace_back("displayName");
  return missing;
}

Answer Provision(const Call& call) {
  absl::StatusOr<FlatObject> fields = ParseFlatObject(call.request.body);
  if (!fields.ok()) return Malformed(call, fields.status().message());
  Workspace workspace = WorkspaceOf(*fields);
  if (const auto missing = MissingFrom(workspace); !missing.empty()) return MissingParameters(call, missing);
  workspace.uuid = call.world.dice.NextUuid();
  workspace.created = call.now;
  if (!call.world.workspaces.Add(workspace)) return AlreadyAssociated(call);
  Stats::Count(call.world.stats.provisioned);
  return JsonAnswer(200, WorkspaceJson(workspace));
}

Answer Update(const Call& call, const Uuid& uuid) {
  const absl::StatusOr<FlatObject> fields = ParseFlatObject(call.request.body);
  if (!fields.ok()) return Malformed(call, fields.status().message());
  WorkspaceChanges changes;
  for (const auto& [name, value] : *fields) {
    if (name == "userId") changes.user_id = value;
    if (name == "primaryPhoneNumber") changes.primary_phone_number = value;
    if (name == "extension") changes.extension = value;
  }
  if (changes.user_id && changes.user_id->empty()) return MissingParameters(call, {"userId"});
  const absl::StatusOr<Workspace> workspace = call.world.workspaces.Update(uuid, changes);
  if (absl::IsAlreadyExists(workspace.status())) return AlreadyAssociated(call);
  if (!workspace.ok()) return call.Error(404);
  Stats::Count(call.world.stats.updated);
  return JsonAnswer(200, WorkspaceJson(*workspace));
}

Answer Remove(const Call& call, const Uuid& uuid) {
  if (!call.world.workspaces.Remove(uuid)) return call.Error(404);
  Stats::Count(call.world.stats.removed);
  Answer answer;
  answer.status = 204;
  return answer;
}

// Carries out an order that has passed the limit.
Answer Apply(const Call& call) {
  const bool has_body = call.request.method != "DELETE";
  if (has_body && !IsJson(call.request.content_type)) return call.Error(415);
  if (call.request.method == "POST") return Provision(call);
  absl::string_view id = PathOf(call.request);
  absl::ConsumePrefix(&id, kWorkspacesPath);
  absl::ConsumePrefix(&id, "/");
  const std::optional<Uuid> uuid = ParseWorkspaceId(id);
  if (!uuid) return call.Error(404);
  return has_body ? Update(call, *uuid) : Remove(call, *uuid);
}

Answer Order(const Call& call) {
  const std::shared_ptr<const Settings> settings = call.world.settings.Get();
  if (!call.world.tokens.Admits(call.request.authorization, *settings, call.now)) return call.Error(401);
  RateLimit::Verdict verdict = call.world.rate_limit.Take(settings->limit, call.now);
  Answer answer = verdict.taken ? Apply(call) : call.Error(429);
  answer.under_way = std::move(verdict.under_way);
  if (verdict.taken) return answer;
  const std::optional<std::string> retry_after = RetryAfterOf(settings->retry_after, verdict.rest, call.now);
  if (retry_after) answer.headers.emplace_back("Retry-After", *retry_after);
  return answer;
}

Answer NotAllowed(const Call& call, absl::string_view allowed) {
  Answer answer = call.Error(405);
  answer.headers.emplace_back("Allow", allowed);
  return answer;
}

Answer Route(const Call& call) {
  const std::string& method = call.request.method;
  switch (EndpointOf(PathOf(call.request))) {
    case Endpoint::kWorkspaces:
      return method == "POST" ? Order(call) : NotAllowed(call, "POST");
    case Endpoint::kWorkspace:
      return method == "PUT" || method == "DELETE" ? Order(call) : NotAllowed(call, "PUT, DELETE");
    case Endpoint::kToken:
      if (method != "POST") return NotAllowed(call, "POST");
      return call.world.tokens.Refresh(call.request, *call.world.settings.Get(), call.world.dice, call.now);
    default:
      return call.Error(404);
  }
}

}  // namespace

Endpoint EndpointOf(absl::string_view path) {
  if (absl::ConsumePrefix(&path, kWorkspacesPath)) {
    if (path.empty()) return Endpoint::kWorkspaces;
    const bool is_one = absl::ConsumePrefix(&path, "/") && !path.empty() && !absl::StrContains(path, '/');
    return is_one ? Endpoint::kWorkspace : Endpoint::kUnknown;
  }
  if (path == kTokenPath) return Endpoint::kToken;
  return absl::StartsWith(path, kControlPrefix) ? Endpoint::kControl : Endpoint::kUnknown;
}

std::optional<Fault::Path> FaultPathOf(const Request& request) {
  const std::string& method = request.method;
  switch (EndpointOf(PathOf(request))) {
    case Endpoint::kWorkspaces:
      return method == "POST" ? std::optional(Fault::Path::kWorkspaces) : std::nullopt;
    case Endpoint::kWorkspace:
      return method == "PUT" || method == "DELETE" ? std::optional(Fault::Path::kWorkspaces) : std::nullopt;
    case Endpoint::kToken:
      return method == "POST" ? std::optional(Fault::Path::kToken) : std::nullopt;
    default:
      return std::nullopt;
  }
}

void CountStarted(const Request& request, Stats& stats) {
  const Endpoint endpoint = EndpointOf(PathOf(request));
  if (endpoint == Endpoint::kToken) Stats::Count(stats.token_requests);
  if (endpoint == Endpoint::kWorkspaces && request.method == "POST") Stats::Count(stats.posts_started);
}

void CountReceived(const Request& request, World& world) {
  if (EndpointOf(PathOf(request)) != Endpoint::kWorkspaces || request.method != "POST") return;
  Stats::Count(world.stats.posts_received);
  if (!world.attempts.Take({request.tracking_id, request.traceparent, request.tracestate}))
    Stats::Count(world.stats.posts_repeated);
}

std::string TrackingIdFor(const Request& request, Dice& dice) {
  return request.tracking_id.empty() ? absl::StrCat("ROUTERGW_", UuidText(dice.NextUuid())) : request.tracking_id;
}

Answer AnswerApi(World& world, const Request& request, const std::string& tracking_id, absl::Time now) {
  Answer answer = Route({world, request, tracking_id, now});
  answer.headers.emplace_back("TrackingID", tracking_id);
  return answer;
}

}  // namespace webex_gateway::sandbox
