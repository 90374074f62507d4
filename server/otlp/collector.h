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
  // Creates the thread and the channel; connects at the first export.
  virtual void Start() = 0;
};

// Reads the files of `options`; an error names the one that cannot be read. Starts nothing yet. Encoding and sending
// happen on a thread of its own, so that a slow collector never holds up the loop. `loop` must outlive the collector,
// and no export may be under way when the collector is destroyed.
absl::StatusOr<std::unique_ptr<GrpcCollector>> CreateGrpcCollector(const CollectorOptions& options, SpanSource source,
                                                                   Loop& loop);

}  // namespace webex_gateway
