// W3C Trace Context (https://www.w3.org/TR/trace-context-1/): the trace by which a call is followed through every
// system that it passes through. The gateway records no spans; it passes the trace on, and its log names it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/random/bit_gen_ref.h"
#include "absl/strings/string_view.h"

namespace webex_gateway {

constexpr char kTraceParentHeader[] = "traceparent";
constexpr char kTraceStateHeader[] = "tracestate";

struct TraceContext {
  std::string trace_id;        // 32 lower-case hexadecimal digits, not all zero; empty: there is no trace
  std::string parent_span_id;  // the caller's span: 16 such digits; empty if the trace begins here
  uint8_t flags = 0;           // sampled (1), and level 2's random-trace-id (2)
  std::string state;           // a tracestate of at most 512 characters; empty: none
};

// The trace of a call that came with these headers, each with the values of one name in order of arrival; they may hold
// anything. If there is no traceparent, more than one, or an unreadable one, the trace begins here: its id is new, it
// has no state, and it is not sampled, since nobody records spans of it and Webex need not either.
//
// A tracestate is checked only for its form; one that is malformed or too long is dropped as a whole, and does not
// change the trace.
TraceContext ReadTrace(const std::vector<std::string>& traceparent, const std::vector<std::string>& tracestate,
                       absl::BitGenRef random);

std::string NewSpanId(absl::BitGenRef random);

// The traceparent for a request of `trace` that is sent in the span `span_id`.
std::string TraceParentOf(const TraceContext& trace, absl::string_view span_id);

}  // namespace webex_gateway
