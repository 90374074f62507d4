#include "server/otlp/sampler.h"

#include <cmath>
#include <cstdint>

#include "absl/strings/numbers.h"

namespace webex_gateway {
namespace {

constexpr size_t kHalf = 16;  // digits of a trace id

bool IsChosen(const TraceContext& trace, double ratio) {
  if (ratio >= 1) return true;
  uint64_t low = 0;
  if (!absl::SimpleHexAtoi(absl::string_view(trace.trace_id).substr(kHalf), &low)) return false;
  return (low >> 1) < static_cast<uint64_t>(std::ldexp(ratio, 63));
}

}  // namespace

Sampler SamplerOf(const SamplerOptions& options) {
  return [options](const TraceContext& trace) {
    if (options.follows_parent && !trace.parent_span_id.empty()) return (trace.flags & kSampledFlag) != 0;
    return IsChosen(trace, options.ratio);
  };
}

}  // namespace webex_gateway
