// The spans of a call, created from the same events as log and metrics: one for the call itself, one for each attempt
// at Webex, and one for each commit of the order in the ledger. Attributes have the names of OpenTelemetry's semantic
// conventions (rpc.*, http.*, db.*); our own begin with webex_gateway. Nothing in them is personal or secret.
#pragma once

#include <string>

#include "absl/random/bit_gen_ref.h"
#include "server/base/clock.h"
#include "server/base/span.h"
#include "server/http/telemetry.h"
#include "server/orders/orders.h"
#include "server/rpc/rpc_observer.h"

namespace webex_gateway {

// What all spans have in common.
struct TracingFacts {
  std::string webex_base_url;
  std::string ledger;  // db.system.name
};

// For the loop's thread.
class Tracing {
 public:
  // `random` creates the ids of the ledger's spans.
  Tracing(Clock& clock, SpanSink& sink, absl::BitGenRef random, const TracingFacts& facts);

  // Calls whose trace is not recorded (TraceContext::is_recorded) get no spans.
  void OnAnswered(const RpcReport& report);
  void OnSent(const SendReport& report);
  void OnLedgerStep(const LedgerStep& step);

 private:
  Span SpanIn(const TraceContext& trace, Clock::Time begun, absl::Duration elapsed);
  // Its parent is the gateway's span of the call.
  Span ChildOf(const TraceContext& trace, Clock::Time begun, absl::Duration elapsed);
  absl::Time DateOf(Clock::Time time);

  Clock& clock_;
  SpanSink& sink_;
  absl::BitGenRef random_;
  const std::string base_url_;
  const std::string ledger_;
  std::string webex_host_;
  int webex_port_ = 0;
  // Both clocks at one moment. Spans are dated by the steady clock, which keeps the spans of a call in order.
  Clock::Time anchor_;
  absl::Time anchor_date_;
};

}  // namespace webex_gateway
