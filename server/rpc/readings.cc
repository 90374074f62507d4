#include "server/rpc/readings.h"

#include <limits>

namespace webex_gateway {
namespace {

Reading PlacesReading(const RpcServer::Use& use) {
  const auto of = [](const char* kind, const char* state, int count) {
    return Reading::Sample{static_cast<double>(count), {{"kind", kind}, {"state", state}}};
  };
  return {Reading::Type::kGauge,
          "webex_gateway_rpc_places",
          "Places for callers' RPCs, of which one with much metadata takes several",
          {of("call", "taken", use.calls), of("call", "free", use.max_calls - use.calls),
           of("watch", "taken", use.watches), of("watch", "free", use.max_watches - use.watches)}};
}

Reading RefusalsReading(const RpcServer::Use& use) {
  return {Reading::Type::kCounter,
          "webex_gateway_rpcs_refused_total",
          "Callers' RPCs refused because their callers' share of the places was taken",
          {{static_cast<double>(use.refused_calls), {{"kind", "call"}}},
           {static_cast<double>(use.refused_watches), {{"kind", "watch"}}}}};
}

}  // namespace

Readings ReadingsOf(const RpcServer::Counts& counts) {
  return {CounterOf("webex_gateway_floods_ended_total",
                    "Callers' connections ended because of floods of headers, resets or pings", counts.floods_ended),
          CounterOf("webex_gateway_connections_refused_total",
                    "Callers' connections closed because there were too many", counts.connections_refused),
          PlacesReading(counts.use), RefusalsReading(counts.use),
          CounterOf("webex_gateway_handshakes_failed_total", "Callers' TLS handshakes that failed",
                    counts.handshakes_failed)};
}

Readings ReadingsOf(ServerCertificate* certificate, absl::Time now) {
  const double left = certificate == nullptr ? std::numeric_limits<double>::quiet_NaN()
                                             : absl::ToDoubleSeconds(certificate->Current()->expires - now);
  return {GaugeOf("webex_gateway_certificate_expires_in_seconds",
                  "Time until the certificate shown to callers expires, negative after that; NaN if there is none",
                  left)};
}

}  // namespace webex_gateway
