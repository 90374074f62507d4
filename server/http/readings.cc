#include "server/http/readings.h"

#include <limits>

namespace webex_gateway {
namespace {

double SecondsLeft(const std::optional<absl::Duration>& left) {
  return left ? absl::ToDoubleSeconds(*left) : std::numeric_limits<double>::quiet_NaN();
}

Reading BreakerReading(Breaker::State now) {
  Reading reading{
      Reading::Type::kGauge, "webex_gateway_breaker_state", "1 for the circuit breaker's current state", {}};
  for (const Breaker::State state : {Breaker::State::kClosed, Breaker::State::kOpen, Breaker::State::kHalfOpen}) {
    reading.samples.push_back({state == now ? 1.0 : 0.0, {{"state", std::string(NameOf(state))}}});
  }
  return reading;
}

}  // namespace

Readings ReadingsOf(const WireCounts& wire) {
  return {CounterOf("webex_gateway_sends_total", "Requests that began to leave: Webex has received no more than these",
                    wire.sends),
          CounterOf("webex_gateway_vetoed_resends_total", "Re-sends by the HTTP library, stopped before they left",
                    wire.vetoed_resends),
          CounterOf("webex_gateway_stale_connections_total", "Connections found unfit before a request left on them",
                    wire.stale),
          CounterOf("webex_gateway_too_long_answers_total", "Answers abandoned because of their size", wire.too_long)};
}

Readings ReadingsOf(const StackStatus& stack) {
  constexpr double kNotKnown = std::numeric_limits<double>::quiet_NaN();
  const auto& limit = stack.limit;
  return {GaugeOf("webex_gateway_calls_in_flight", "Calls to Webex under way, including their retries and waits",
                  stack.admission.under_way),
          GaugeOf("webex_gateway_calls_queued", "Calls that wait because the maximum number is under way",
                  stack.admission.queued),
          GaugeOf("webex_gateway_pace_requests_per_second",
                  "Requests per second that may leave; +Inf while Webex has set no limit", stack.pace),
          GaugeOf("webex_gateway_pause_seconds", "How long nothing will be sent because Webex asked for a pause (429)",
                  absl::ToDoubleSeconds(stack.paused)),
          GaugeOf("webex_gateway_limit_requests_per_second", "Webex's limit as its 429s have shown it; NaN: not known",
                  limit ? limit->per_second : kNotKnown),
          GaugeOf("webex_gateway_limit_burst_requests",
                  "Requests that Webex accepts at once after a rest; NaN: not known", limit ? limit->burst : kNotKnown),
          GaugeOf("webex_gateway_limit_measured", "1 if the limit is measured, 0 if it is an estimate; NaN: not known",
                  limit ? (limit->measured ? 1.0 : 0.0) : kNotKnown),
          BreakerReading(stack.breaker)};
}

Readings ReadingsOf(const TokenHealth& token) {
  return {{Reading::Type::kGauge,
           "webex_gateway_token_expires_in_seconds",
           "Time until a token for Webex expires, negative after that; NaN if it is not known",
           {{SecondsLeft(token.token_expires_in), {{"token", "access"}}},
            {SecondsLeft(token.refresh_token_expires_in), {{"token", "refresh"}}}}},
          GaugeOf("webex_gateway_token_refusals", "How many consecutive times Webex has refused the token in use",
                  token.refused ? token.refused->times : 0)};
}

}  // namespace webex_gateway
