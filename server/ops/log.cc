#include "server/ops/log.h"

#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/ops/fate.h"
#include "server/webex/errors.h"
#include "webex_gateway/outcome.h"

namespace webex_gateway {
namespace {

// Some ten thousand lines: a few seconds of full load.
constexpr size_t kMostWaiting = 4 << 20;

LogLevel LevelOf(absl::string_view name) {
  if (name == "debug") return LogLevel::kDebug;
  if (name == "warning") return LogLevel::kWarning;
  if (name == "error") return LogLevel::kError;
  return LogLevel::kInfo;
}

// The message and its cause come from the wire, and are about the connection; they contain nothing of the request.
std::string WhatTheWireSays(const absl::Status& error) {
  const std::string cause = CauseOf(error);
  return cause.empty() ? std::string(error.message()) : absl::StrCat(error.message(), " (", cause, ")");
}

bool NeedsAnOperator(absl::StatusCode code, absl::string_view outcome) {
  return outcome == OutcomeName(Outcome::kUnknown) || code == absl::StatusCode::kUnauthenticated ||
         code == absl::StatusCode::kPermissionDenied;
}

// Not a lambda that uses the log: a stuck writer may outlive it.
std::function<std::string(int64_t)> LossTold(LogFormat format, const std::function<absl::Time()>& now) {
  return [format, now](int64_t lost) {
    return LogLine(format, {now(), LogLevel::kWarning, "lines_dropped", {{LogField::kLines, lost}}});
  };
}

}  // namespace

Log::Log(const LogOptions& options, std::function<absl::Time()> now, int file)
    : level_(LevelOf(options.level)),
      format_(options.format == "text" ? LogFormat::kText : LogFormat::kJson),
      now_(std::move(now)),
      writer_(file, kMostWaiting, LossTold(format_, now_)) {}

void Log::Info(absl::string_view what) { Write(LogLevel::kInfo, kMessageEvent, {{LogField::kMessage, what}}); }
void Log::Warn(absl::string_view what) { Write(LogLevel::kWarning, kMessageEvent, {{LogField::kMessage, what}}); }
void Log::Fail(absl::string_view what) { Write(LogLevel::kError, kMessageEvent, {{LogField::kMessage, what}}); }

void Log::Report(absl::string_view part, absl::string_view what, bool trouble) {
  const std::string line = absl::StrCat(part, ": ", what);
  trouble ? Warn(line) : Info(line);
}

void Log::OnServing(const ServingReport& report) {
  std::vector<LogEntry> entries = {{LogField::kVersion, report.version},
                                   {LogField::kListen, report.listen},
                                   {LogField::kWebexBaseUrl, report.webex_base_url}};
  if (!report.ports.empty()) entries.insert(entries.begin() + 2, {LogField::kPorts, report.ports});
  if (report.admin_port != 0) {
    entries.push_back({LogField::kAdminListen, report.admin_listen});
    entries.push_back({LogField::kAdminPort, report.admin_port});
  }
  Write(LogLevel::kInfo, "serving", entries);
}

void Log::OnSent(const SendReport& report) {
  const bool attempt = report.stage == "attempt";
  const LogLevel level = attempt ? LogLevel::kInfo : LogLevel::kDebug;
  if (!Logs(level)) return;
  const Call& call = report.call;
  absl::InlinedVector<LogEntry, 8> entries = {{LogField::kRequestId, call.request_id},
                                              {LogField::kTraceId, call.trace.trace_id},
                                              {LogField::kSpanId, attempt ? absl::string_view(call.span_id) : ""},
                                              {LogField::kHttpMethod, report.method},
                                              {attempt ? LogField::kAttempt : LogField::kAttempts, call.attempts}};
  std::string tracking_id, detail;
  if (report.result.ok()) {
    tracking_id = TrackingIdOf(*report.result);
    entries.push_back({LogField::kHttpStatus, report.result->status});
    entries.push_back({LogField::kTrackingId, tracking_id});
  } else {
    entries.push_back({LogField::kFailure, NameOf(SendFailureOf(report.result.status()))});
    detail = WhatTheWireSays(report.result.status());
    entries.push_back({LogField::kDetail, detail});
  }
  entries.push_back({LogField::kMs, report.elapsed});
  Write(level, report.stage, entries);
}

void Log::OnAnswered(const RpcReport& report) {
  const Fate fate = FateOf(report);
  const LogLevel level = NeedsAnOperator(report.status.code(), fate.outcome) ? LogLevel::kWarning : LogLevel::kInfo;
  Write(level, "answer",
        {{LogField::kRpc, report.method},
         {LogField::kCaller, report.caller},
         {LogField::kRequestId, report.request_id},
         {LogField::kTraceId, report.trace.trace_id},
         {LogField::kSpanId, report.trace.span_id},
         {LogField::kParentSpanId, report.trace.parent_span_id},
         {LogField::kCode, absl::StatusCodeToString(report.status.code())},
         {LogField::kReason, fate.reason},
         {LogField::kOutcome, fate.outcome},
         {LogField::kEarlierRequestId, fate.earlier_request_id},
         {LogField::kAttempts, report.attempts},
         {LogField::kTrackingId, report.tracking_id},
         {LogField::kMs, report.elapsed}});
}

void Log::OnResolved(const ResolveReport& report) {
  Write(LogLevel::kInfo, "resolved",
        {{LogField::kRequestId, report.request_id},
         {LogField::kOutcome, report.applied ? "applied" : "not_applied"},
         {LogField::kResolver, report.resolver}});
}

void Log::OnContradicted(const std::string& request_id) {
  Write(LogLevel::kError, "contradicted",
        {{LogField::kRequestId, request_id},
         {LogField::kOutcome, "applied"},
         {LogField::kDetail,
          "Webex carried out the order although its operation was resolved otherwise: there may be two workspaces; "
          "see webexctl operations get, and list the user's operations"}});
}

void Log::OnRefused(const Peer& caller, absl::string_view method, const absl::Status& why) {
  const std::optional<Error> error = ErrorIn(why);
  Write(LogLevel::kWarning, "refused",
        {{LogField::kRpc, method},
         {LogField::kCaller, caller.on_unix_socket ? kUnixSocketCallers : absl::string_view(caller.identity)},
         {LogField::kCode, absl::StatusCodeToString(why.code())},
         {LogField::kReason, error ? error->reason : ""}});
}

void Log::OnHandshakeFailed(absl::string_view peer, absl::string_view why, int64_t failures) {
  Write(LogLevel::kWarning, "handshake_failed",
        {{LogField::kPeer, peer}, {LogField::kDetail, why}, {LogField::kFailures, failures}});
}

void Log::Write(LogLevel level, absl::string_view name, absl::Span<const LogEntry> entries) {
  if (Logs(level)) writer_.Put(LogLine(format_, {now_(), level, name, entries}));
}

Readings ReadingsOf(const Log& log) {
  return {CounterOf("webex_gateway_log_lines_dropped_total", "Lines of the log that could not be written",
                    log.lines_dropped())};
}

}  // namespace webex_gateway
