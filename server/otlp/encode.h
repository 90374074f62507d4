// Spans in the format of OTLP.
#pragma once

#include <string>
#include <vector>

#include "opentelemetry/proto/collector/trace/v1/trace_service.pb.h"
#include "server/base/span.h"
#include "server/otlp/options.h"

namespace webex_gateway {

// The program that the spans come from.
struct SpanSource {
  NamesAndValues resource;  // attributes
  std::string name;         // of the program
  std::string version;
};

void Encode(const std::vector<Span>& spans, const SpanSource& source,
            opentelemetry::proto::collector::trace::v1::ExportTraceServiceRequest& request);

}  // namespace webex_gateway
