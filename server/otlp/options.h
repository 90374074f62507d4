// Whether and where spans are exported: OpenTelemetry's standard environment variables.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "server/base/flags.h"

namespace webex_gateway {

// Which traces are recorded.
struct SamplerOptions {
  // Follows the caller's traceparent, so that `ratio` applies only to traces that begin here; otherwise to all traces.
  bool follows_parent = true;
  double ratio = 1;  // of the traces, chosen by their ids

  friend bool operator==(const SamplerOptions&, const SamplerOptions&) = default;
};

struct BatchOptions {
  absl::Duration schedule_delay = absl::Seconds(5);   // how long a span may wait for others
  absl::Duration export_timeout = absl::Seconds(30);  // for a batch, all attempts together
  absl::Duration attempt_timeout = absl::Seconds(10);
  size_t max_queue_size = 2048;
  size_t max_batch_size = 512;
};

using NamesAndValues = std::vector<std::pair<std::string, std::string>>;

struct CollectorOptions {
  std::string target;  // in gRPC's format: "host:port", "unix:/path"
  bool is_tls = false;
  // PEM files for TLS; empty: none.
  std::string ca_file;  // with the authorities to trust for the collector; empty: those of the system
  std::string client_certificate_file;
  std::string client_key_file;
  NamesAndValues headers;  // may contain secrets
  bool gzip = false;
};

struct OtlpOptions {
  CollectorOptions collector;
  BatchOptions batch;
  SamplerOptions sampler;
  NamesAndValues resource;  // attributes; service.name is the first
};

// Nothing if no spans are exported: OTEL_EXPORTER_OTLP_ENDPOINT (and .._TRACES_ENDPOINT) is not set, OTEL_SDK_DISABLED
// is true, or OTEL_TRACES_EXPORTER is none. Then no other variable is read. Appends to `faults` a sentence for each
// variable with an unusable value, without quoting any header's value.
std::optional<OtlpOptions> ReadOtlpOptions(const Environment& environment, std::vector<std::string>& faults);

}  // namespace webex_gateway
