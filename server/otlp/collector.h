// A collector of OpenTelemetry's protocol, over gRPC.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "server/base/async.h"
#include "server/otlp/encode.h"
#include "server/otlp/exporter.h"
#include "server/otlp/options.h"

namespace webex_gateway {

class GrpcCollector : public SpanCollector {
 public:
  // Begins the thread and the channel; connects with the first export.
  virtual void Start() = 0;
};

// Reads the files of `options`; an error says which of them cannot be read. Begins nothing yet. Encoding and the wire
// are the work of a thread of its own, so that the loop does not notice how the collector fares. `loop` must outlive
// the collector, and no export may be under way when that is destroyed.
absl::StatusOr<std::unique_ptr<GrpcCollector>> CreateGrpcCollector(const CollectorOptions& options, SpanSource source,
                                                                   Loop& loop);

}  // namespace webex_gateway
