// The spans of a call that the gateway handles, made of the events that log and metrics are made of: one for the call
// itself, one for each attempt at Webex, one for each commit of an order's in the ledger. Their names are those of
// OpenTelemetry's semantic conventions (rpc.*, http.*, db.*); what those do not know is below webex_gateway. Nothing in
// them is personal or secret.
#pragma once

#include <string>

#include "absl/random/bit_gen_ref.h"
#include "server/base/clock.h"
#include "server/base/span.h"
#include "server/http/telemetry.h"
#include "server/orders/orders.h"
#include "server/rpc/rpc_observer.h"

namespace webex_gateway {

// What does not change from span to span.
struct TracingFacts {
  std::string webex_base_url;
  std::string ledger;  // db.system.name
};

// For the loop's thread.
class Tracing {
 public:
  // `random` makes the ids of the ledger's spans.
  Tracing(Clock& clock, SpanSink& sink, absl::BitGenRef random, const TracingFacts& facts);

  // Of calls that are not recorded (TraceContext::is_recorded), nothing.
  void OnAnswered(const RpcReport& report);
  void OnSent(const SendReport& report);
  void OnLedgerStep(const LedgerStep& step);

 private:
  Span SpanOf(Clock::Time begun, absl::Duration elapsed);
  // Below the call's own span.
  Span Child(const Call& call, Clock::Time begun, absl::Duration elapsed);
  absl::Time DateOf(Clock::Time time);

  Clock& clock_;
  SpanSink& sink_;
  absl::BitGenRef random_;
  const std::string base_url_;
  const std::string ledger_;
  std::string webex_host_;
  int webex_port_ = 0;
  // Both clocks at one moment: the steady one keeps the spans of a call in order among themselves.
  Clock::Time anchor_;
  absl::Time anchor_date_;
};

}  // namespace webex_gateway
