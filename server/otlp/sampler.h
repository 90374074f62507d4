// Which traces are recorded.
#pragma once

#include "server/base/trace_context.h"
#include "server/otlp/options.h"

namespace webex_gateway {

// By ratio the same traces are chosen as by OpenTelemetry's TraceIdRatioBased samplers in other programs: those whose
// id has a low second half.
Sampler SamplerOf(const SamplerOptions& options);

}  // namespace webex_gateway
