#include "server/ops/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/base/outcome.h"
#include "server/ops/fate.h"
#include "server/webex/errors.h"

namespace webex_gateway {
namespace {

std::string_view Std(absl::string_view text) { return {text.data(), text.size()}; }

std::string Milliseconds(absl::Duration elapsed) {
  return absl::StrFormat("%.1f", absl::ToDoubleMilliseconds(elapsed));
}

bool NeedsAnOperator(absl::StatusCode code, absl::string_view outcome) {
  return outcome == OutcomeName(Outcome::kUnknown) || code == absl::StatusCode::kUnauthenticated ||
         code == absl::StatusCode::kPermissionDenied;
}

}  // namespace

Log::Log(const std::string& level) : Log(level, std::make_shared<spdlog::sinks::stderr_sink_mt>()) {}

Log::Log(const std::string& level, std::shared_ptr<spdlog::sinks::sink> sink)
    : logger_(std::make_shared<spdlog::logger>("gateway", std::move(sink))) {
  logger_->set_level(spdlog::level::from_str(level));
  logger_->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
}

Log::~Log() = default;

void Log::Info(absl::string_view what) { logger_->info("{}", Std(what)); }
void Log::Warn(absl::string_view what) { logger_->warn("{}", Std(what)); }
void Log::Fail(absl::string_view what) { logger_->error("{}", Std(what)); }

void Log::OnSent(const SendReport& report) {
  const auto level = report.stage == "attempt" ? spdlog::level::info : spdlog::level::debug;
  if (!logger_->should_log(level)) return;
  std::string ending;
  if (report.result.ok()) {
    ending = absl::StrCat("http_status=", report.result->status, " tracking_id=", TrackingIdOf(*report.result));
  } else {
    // The message is the wire's, about the connection; it holds nothing of the request.
    ending = absl::StrCat("failure=", NameOf(SendFailureOf(report.result.status())), " detail=\"",
                          absl::Utf8SafeCEscape(report.result.status().message()), "\"");
  }
  logger_->log(level, "{} method={} request_id={} attempt={} {} ms={}", Std(report.stage), Std(report.method),
               report.call.request_id, report.call.attempts, ending, Milliseconds(report.elapsed));
}

void Log::OnAnswered(const RpcReport& report) {
  const Fate fate = FateOf(report);
  const auto level = NeedsAnOperator(report.status.code(), fate.outcome) ? spdlog::level::warn : spdlog::level::info;
  logger_->log(level, "answer rpc={} request_id={} code={} reason={} outcome={} attempts={} tracking_id={} ms={}",
               Std(report.method), Std(report.request_id), absl::StatusCodeToString(report.status.code()), fate.reason,
               fate.outcome, report.attempts, Std(report.tracking_id), Milliseconds(report.elapsed));
}

void Log::OnResolved(const ResolveReport& report) {
  logger_->info("resolved request_id={} outcome={} resolver=\"{}\"", Std(report.request_id),
                report.applied ? "applied" : "not_applied", absl::Utf8SafeCEscape(report.resolver));
}

}  // namespace webex_gateway
