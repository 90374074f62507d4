// Spans as OTLP has them.
#pragma once

#include <string>
#include <vector>

#include "opentelemetry/proto/collector/trace/v1/trace_service.pb.h"
#include "server/base/span.h"
#include "server/otlp/options.h"

namespace webex_gateway {

// Who the spans come from.
struct SpanSource {
  NamesAndValues resource;  // attributes
  std::string name;         // the program's, and its version
  std::string version;
};

void Encode(const std::vector<Span>& spans, const SpanSource& source,
            opentelemetry::proto::collector::trace::v1::ExportTraceServiceRequest& request);

}  // namespace webex_gateway
