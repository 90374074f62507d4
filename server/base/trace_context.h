// W3C Trace Context (https://www.w3.org/TR/trace-context-1/): the trace by which a call is followed through every
// system that it passes through. The gateway passes the trace on, and its log names it. If spans are exported
// (span.h), a sampler decides which traces are recorded.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/random/bit_gen_ref.h"
#include "absl/strings/string_view.h"

namespace webex_gateway {

constexpr char kTraceParentHeader[] = "traceparent";
constexpr char kTraceStateHeader[] = "tracestate";

constexpr uint8_t kSampledFlag = 1;

struct TraceContext {
  std::string trace_id;        // 32 lower-case hexadecimal digits, not all zero; empty: there is no trace
  std::string parent_span_id;  // the caller's span: 16 such digits; empty if the trace begins here
  uint8_t flags = 0;           // kSampledFlag, and level 2's random-trace-id (2)
  std::string state;           // a tracestate of at most 512 characters; empty: none
  std::string span_id;         // the gateway's own span of the call; empty: no span of the trace is recorded here

  bool is_recorded() const { return !span_id.empty(); }
};

// An empty one, which lives for ever.
const TraceContext& NoTrace();

// The trace of a call that came with these headers, each with the values of one name in order of arrival; they may hold
// anything. If there is no traceparent, more than one, or an unreadable one, the trace begins here: its id is new, it
// has no state, and it is not sampled, unless a sampler decides otherwise.
//
// A tracestate is checked only for its form; one that is malformed or too long is dropped as a whole, and does not
// change the trace.
TraceContext ReadTrace(const std::vector<std::string>& traceparent, const std::vector<std::string>& tracestate,
                       absl::BitGenRef random);

std::string NewSpanId(absl::BitGenRef random);

// Whether spans of a trace are recorded here.
using Sampler = std::function<bool(const TraceContext& trace)>;

// Has `sampler` decide about the trace. A recorded trace gets a span of ours, and the flag passes the decision on.
// Without a sampler nothing is recorded, and the flag remains the caller's.
void Sample(TraceContext& trace, const Sampler& sampler, absl::BitGenRef random);

// The traceparent for a request of `trace` that is sent in the span `span_id`.
std::string TraceParentOf(const TraceContext& trace, absl::string_view span_id);

}  // namespace webex_gateway
