// Spans: what one step of a call did and how long it took. Tracing systems show them with those of the systems around
// this one. Code that creates spans does not know how they are exported.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/base/trace_context.h"

namespace webex_gateway {

enum class SpanKind {
  kServer,  // the gateway was called
  kClient,  // the gateway called
};

struct SpanAttribute {
  absl::string_view name;  // a literal
  std::variant<std::string, int64_t> value;
};

struct Span {
  std::string trace_id;  // ids in hexadecimal digits, as in TraceContext
  std::string span_id;
  std::string parent_span_id;     // empty: the trace begins with this span
  bool parent_is_remote = false;  // the parent belongs to another process
  uint8_t flags = 0;
  std::string state;
  std::string name;
  SpanKind kind = SpanKind::kClient;
  absl::Time begun;
  absl::Time ended;
  std::vector<SpanAttribute> attributes;
  bool failed = false;
};

class SpanSink {
 public:
  virtual ~SpanSink() = default;
  // Takes or drops the span, and never waits. On the loop.
  virtual void Record(Span span) = 0;
};

}  // namespace webex_gateway
