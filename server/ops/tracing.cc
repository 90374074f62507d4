#include "server/ops/tracing.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/host_port.h"
#include "server/ops/fate.h"
#include "server/webex/errors.h"

namespace webex_gateway {
namespace {

// If the difference of the clocks changes by more than this, the date has been set.
constexpr absl::Duration kDateSet = absl::Milliseconds(10);

// The codes that the conventions count as a server's failure; the others are its caller's.
constexpr std::array kServerFailures = {absl::StatusCode::kUnknown,       absl::StatusCode::kDeadlineExceeded,
                                        absl::StatusCode::kUnimplemented, absl::StatusCode::kInternal,
                                        absl::StatusCode::kUnavailable,   absl::StatusCode::kDataLoss};

bool IsServerFailure(absl::StatusCode code) {
  return std::find(kServerFailures.begin(), kServerFailures.end(), code) != kServerFailures.end();
}

void Add(Span& span, absl::string_view name, absl::string_view value) {
  if (!value.empty()) span.attributes.push_back({name, std::string(value)});
}
void Add(Span& span, absl::string_view name, int64_t value) { span.attributes.push_back({name, value}); }

void Fail(Span& span, absl::string_view type) {
  span.failed = true;
  Add(span, "error.type", type);
}

// The route with REDACTED in place of each value, as the conventions have it.
std::string Redacted(absl::string_view route) {
  std::string path;
  while (!route.empty()) {
    const size_t open = route.find('{');
    absl::StrAppend(&path, route.substr(0, open));
    const size_t close = route.find('}', open);
    if (open == absl::string_view::npos || close == absl::string_view::npos) break;
    path += "REDACTED";
    route.remove_prefix(close + 1);
  }
  return path;
}

}  // namespace

Tracing::Tracing(Clock& clock, SpanSink& sink, absl::BitGenRef random, const TracingFacts& facts)
    : clock_(clock), sink_(sink), random_(random), base_url_(facts.webex_base_url), ledger_(facts.ledger) {
  webex_port_ = absl::StartsWith(base_url_, "https://") ? 443 : 80;
  const absl::string_view authority = AuthorityOf(base_url_);
  const std::optional<HostPort> split = SplitHostPort(authority);
  webex_host_ = std::string(split ? split->host : WithoutBrackets(authority));
  if (split) (void)absl::SimpleAtoi(split->port, &webex_port_);  // the settings have been checked
}

// Notices when the date is set. Both clocks are slewed alike.
absl::Time Tracing::DateOf(Clock::Time time) {
  const Clock::Time now = clock_.Now();
  const absl::Time date = clock_.WallNow();
  const absl::Duration off = date - (anchor_date_ + absl::FromChrono(now - anchor_));
  if (absl::AbsDuration(off) > kDateSet) {
    anchor_ = now;
    anchor_date_ = date;
  }
  return anchor_date_ + absl::FromChrono(time - anchor_);
}

Span Tracing::SpanIn(const TraceContext& trace, Clock::Time begun, absl::Duration elapsed) {
  const absl::Time date = DateOf(begun);
  return {
      .trace_id = trace.trace_id, .flags = trace.flags, .state = trace.state, .begun = date, .ended = date + elapsed};
}

Span Tracing::ChildOf(const TraceContext& trace, Clock::Time begun, absl::Duration elapsed) {
  Span span = SpanIn(trace, begun, elapsed);
  span.parent_span_id = trace.span_id;
  span.kind = SpanKind::kClient;
  return span;
}

void Tracing::OnAnswered(const RpcReport& report) {
  if (!report.trace.is_recorded()) return;
  Span span = SpanIn(report.trace, report.begun, report.elapsed);
  span.span_id = report.trace.span_id;
  span.parent_span_id = report.trace.parent_span_id;
  span.parent_is_remote = true;
  span.name = absl::StrCat(report.service, "/", report.method);
  span.kind = SpanKind::kServer;
  const std::string code = absl::StatusCodeToString(report.status.code());
  const Fate fate = FateOf(report);
  Add(span, "rpc.system.name", "grpc");
  Add(span, "rpc.method", span.name);
  Add(span, "rpc.response.status_code", code);
  Add(span, "webex_gateway.request_id", report.request_id);
  Add(span, "webex_gateway.outcome", fate.outcome);
  Add(span, "webex_gateway.reason", fate.reason);
  Add(span, "webex_gateway.tracking_id", report.tracking_id);
  if (report.is_order) Add(span, "webex_gateway.attempts", report.attempts);
  if (IsServerFailure(report.status.code())) Fail(span, code);
  sink_.Record(std::move(span));
}

void Tracing::OnSent(const SendReport& report) {
  const Call& call = report.call;
  if (!call.trace.is_recorded() || report.stage != "attempt") return;
  Span span = ChildOf(call.trace, report.begun, report.elapsed);
  span.span_id = call.span_id;
  span.name = absl::StrCat(report.method, " ", call.route);
  Add(span, "http.request.method", report.method);
  Add(span, "url.template", call.route);
  Add(span, "url.full", absl::StrCat(base_url_, Redacted(call.route)));
  Add(span, "server.address", webex_host_);
  Add(span, "server.port", webex_port_);
  if (call.attempts > 1) Add(span, "http.request.resend_count", call.attempts - 1);
  Add(span, "webex_gateway.request_id", call.request_id);
  if (report.result.ok()) {
    Add(span, "http.response.status_code", report.result->status);
    Add(span, "webex_gateway.tracking_id", TrackingIdOf(*report.result));
    if (report.result->status >= 400) Fail(span, absl::StrCat(report.result->status));
  } else {
    Fail(span, NameOf(SendFailureOf(report.result.status())));
  }
  sink_.Record(std::move(span));
}

void Tracing::OnLedgerStep(const LedgerStep& step) {
  if (!step.call.trace.is_recorded()) return;
  Span span = ChildOf(step.call.trace, step.begun, step.elapsed);
  span.span_id = NewSpanId(random_);
  span.name = absl::StrCat(step.name, " ", ledger_);
  Add(span, "db.system.name", ledger_);
  Add(span, "db.operation.name", step.name);
  Add(span, "webex_gateway.request_id", step.call.request_id);
  if (!step.status.ok()) {
    const std::optional<Error> error = ErrorIn(step.status);
    Fail(span, error ? error->reason : absl::StatusCodeToString(step.status.code()));
  }
  sink_.Record(std::move(span));
}

}  // namespace webex_gateway
