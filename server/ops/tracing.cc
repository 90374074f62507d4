#include "server/ops/tracing.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/base/error.h"
#include "server/base/host_port.h"
#include "server/ops/fate.h"
#include "server/webex/errors.h"

namespace webex_gateway {
namespace {

// Clocks that differ by more than this from what they did before: the date has been set.
constexpr absl::Duration kDateSet = absl::Milliseconds(10);

// Those of a server's answers that count as its own failure; the others are the caller's business.
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

// The route with what stands for a value made unreadable, as the conventions have it for what is not to be shown.
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
  absl::string_view rest = base_url_;
  webex_port_ = absl::ConsumePrefix(&rest, "https://") ? 443 : 80;
  absl::ConsumePrefix(&rest, "http://");
  const absl::string_view authority = rest.substr(0, rest.find('/'));
  const std::optional<HostPort> split = SplitHostPort(authority);
  webex_host_ = std::string(split ? split->host : WithoutBrackets(authority));
  if (split) (void)absl::SimpleAtoi(split->port, &webex_port_);  // it has passed the check of settings
}

// The date may be set anew; what little it is slewed, both clocks are.
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

Span Tracing::SpanOf(Clock::Time begun, absl::Duration elapsed) {
  const absl::Time date = DateOf(begun);
  return {.begun = date, .ended = date + elapsed};
}

Span Tracing::Child(const Call& call, Clock::Time begun, absl::Duration elapsed) {
  Span span = SpanOf(begun, elapsed);
  span.trace_id = call.trace.trace_id;
  span.parent_span_id = call.trace.span_id;
  span.flags = call.trace.flags;
  span.state = call.trace.state;
  span.kind = SpanKind::kClient;
  return span;
}

void Tracing::OnAnswered(const RpcReport& report) {
  if (report.span_id.empty()) return;
  Span span = SpanOf(report.begun, report.elapsed);
  span.trace_id = std::string(report.trace_id);
  span.span_id = std::string(report.span_id);
  span.parent_span_id = std::string(report.parent_span_id);
  span.parent_is_remote = true;
  span.flags = report.trace_flags;
  span.state = std::string(report.trace_state);
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
  Span span = Child(call, report.begun, report.elapsed);
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
  Span span = Child(step.call, step.begun, step.elapsed);
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
