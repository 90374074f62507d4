#include "tests/sandbox/control.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/sandbox/json.h"

namespace webex_gateway::sandbox {
namespace {

constexpr int64_t kMostMs = 7LL * 24 * 3600 * 1000;
constexpr int64_t kMostOrders = 1'000'000'000;

Answer ControlError(int status, absl::string_view what) {
  std::string body = "{";
  AppendJsonMember("error", what, body);
  return JsonAnswer(status, body + "}");
}

void AppendNumber(absl::string_view name, uint64_t value, std::string& out) {
  AppendJsonName(name, out);
  absl::StrAppend(&out, value);
}

template <typename T, typename Describe>
Answer Items(const std::vector<T>& items, Describe describe) {
  const auto append = [&](std::string* out, const T& item) { absl::StrAppend(out, describe(item)); };
  return JsonAnswer(200, absl::StrCat("{\"items\":[", absl::StrJoin(items, ",", append), "]}"));
}

Answer ShowStats(World& world, const Request&) {
  const Stats& stats = world.stats;
  std::string out = "{";
  AppendNumber("connections", stats.connections, out);
  AppendNumber("postsStarted", stats.posts_started, out);
  AppendNumber("postsReceived", stats.posts_received, out);
  AppendNumber("postsRepeated", stats.posts_repeated, out);
  AppendNumber("alreadyAssociated", stats.already_associated, out);
  AppendNumber("provisioned", stats.provisioned, out);
  AppendNumber("updated", stats.updated, out);
  AppendNumber("removed", stats.removed, out);
  AppendNumber("tokenRequests", stats.token_requests, out);
  AppendNumber("faultsInjected", stats.faults_injected, out);
  AppendJsonName("byStatus", out);
  out.push_back('{');
  for (size_t status = 0; status < stats.by_status.size(); ++status) {
    const uint64_t count = stats.by_status[status];
    if (count > 0) AppendNumber(absl::StrCat(status), count, out);
  }
  return JsonAnswer(200, out + "}}");
}

Answer ShowWorkspaces(World& world, const Request&) { return Items(world.workspaces.List(), WorkspaceJson); }

std::string AttemptJson(const Attempt& attempt) {
  std::string out = "{";
  AppendJsonMember("trackingId", attempt.tracking_id, out);
  AppendJsonMember("traceparent", attempt.traceparent, out);
  AppendJsonMember("tracestate", attempt.tracestate, out);
  return out + "}";
}

Answer ShowAttempts(World& world, const Request&) { return Items(world.attempts.Last(), AttemptJson); }

Answer ShowFaults(World& world, const Request&) { return Items(world.faults.Pending(), FaultJson); }

Answer ShowConfig(World& world, const Request&) {
  const std::shared_ptr<const Settings> settings = world.settings.Get();
  std::string out = "{";
  AppendNumber("latencyMs", static_cast<uint64_t>(absl::ToInt64Milliseconds(settings->latency)), out);
  AppendNumber("jitterMs", static_cast<uint64_t>(absl::ToInt64Milliseconds(settings->jitter)), out);
  AppendJsonMember("limiter", NameOf(settings->limit.kind), out);
  AppendJsonName("rateLimit", out);
  absl::StrAppend(&out, settings->limit.per_second);
  AppendNumber("burst", static_cast<uint64_t>(settings->limit.burst), out);
  AppendNumber("windowMs", static_cast<uint64_t>(absl::ToInt64Milliseconds(settings->limit.window)), out);
  AppendJsonMember("retryAfter", settings->retry_after, out);
  AppendJsonMember("token", settings->token, out);
  AppendNumber("tokenLifetimeMs", static_cast<uint64_t>(absl::ToInt64Milliseconds(settings->token_lifetime)), out);
  AppendJsonName("rotateRefreshToken", out);
  absl::StrAppend(&out, settings->rotate_refresh_token ? "true" : "false");
  return JsonAnswer(200, out + "}");
}

void ReadMilliseconds(ObjectReader& reader, const std::string& name, absl::Duration& target, double least = 0) {
  double milliseconds = absl::ToDoubleMilliseconds(target);
  reader.Number(name, least, kMostMs, milliseconds);
  target = absl::Milliseconds(milliseconds);
}

void ReadLimit(ObjectReader& reader, Limit& limit) {
  std::string name(NameOf(limit.kind));
  reader.Text("limiter", name);
  const std::optional<LimiterKind> kind = LimiterKindOf(name);
  if (!kind) return reader.Fail("limiter", absl::StrCat("is unknown: '", name, "'"));
  limit.kind = *kind;
  reader.Number("rateLimit", 0, kMostOrders, limit.per_second);
  int64_t burst = limit.burst;
  reader.Integer("burst", 0, kMostOrders, burst);
  limit.burst = static_cast<int>(burst);
  ReadMilliseconds(reader, "windowMs", limit.window, 1);
}

Answer ChangeConfig(World& world, const Request& request) {
  const auto value = ParseJson(request.body);
  if (!value.ok()) return ControlError(400, value.status().message());
  if (!value->has_struct_value()) return ControlError(400, "a JSON object is expected");
  Settings settings = *world.settings.Get();
  ObjectReader reader(value->struct_value());
  ReadMilliseconds(reader, "latencyMs", settings.latency);
  ReadMilliseconds(reader, "jitterMs", settings.jitter);
  ReadMilliseconds(reader, "tokenLifetimeMs", settings.token_lifetime);
  ReadLimit(reader, settings.limit);
  reader.Text("retryAfter", settings.retry_after);
  reader.Text("token", settings.token);
  reader.Bool("rotateRefreshToken", settings.rotate_refresh_token);
  if (const absl::Status status = reader.Finish(); !status.ok()) return ControlError(400, status.message());
  world.settings.Set(settings);
  return ShowConfig(world, request);
}

Answer AddFaults(World& world, const Request& request) {
  const auto faults = ParseFaults(request.body);
  if (!faults.ok()) return ControlError(400, faults.status().message());
  world.faults.Add(*faults);
  return ShowFaults(world, request);
}

Answer ClearFaults(World& world, const Request& request) {
  world.faults.Clear();
  return ShowFaults(world, request);
}

Answer RevokeTokens(World& world, const Request&) {
  world.tokens.Revoke();
  return JsonAnswer(200, "{}");
}

Answer Reset(World& world, const Request&) {
  world.Reset();
  return JsonAnswer(200, "{}");
}

struct Action {
  absl::string_view method;
  absl::string_view path;
  Answer (*run)(World& world, const Request& request);
};

constexpr Action kActions[] = {
    {"GET", "/sandbox/stats", ShowStats},        {"GET", "/sandbox/workspaces", ShowWorkspaces},
    {"GET", "/sandbox/attempts", ShowAttempts},  {"GET", "/sandbox/config", ShowConfig},
    {"PUT", "/sandbox/config", ChangeConfig},    {"GET", "/sandbox/faults", ShowFaults},
    {"POST", "/sandbox/faults", AddFaults},      {"DELETE", "/sandbox/faults", ClearFaults},
    {"DELETE", "/sandbox/tokens", RevokeTokens}, {"POST", "/sandbox/reset", Reset},
};

}  // namespace

Answer AnswerControl(World& world, const Request& request) {
  bool is_known = false;
  for (const Action& action : kActions) {
    if (action.path != PathOf(request)) continue;
    if (action.method == request.method) return action.run(world, request);
    is_known = true;
  }
  return is_known ? ControlError(405, "no such method here") : ControlError(404, "no such path below /sandbox/");
}

}  // namespace webex_gateway::sandbox
