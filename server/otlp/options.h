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
  // As the caller's traceparent says; the rest is for traces that begin here. Else the rest is for all.
  bool follows_parent = true;
  double ratio = 1;  // of traces, by their ids

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
  std::string target;  // as gRPC wants it: "host:port", "unix:/path"
  bool is_tls = false;
  // PEM files, for TLS; all of them may be empty.
  std::string ca_file;  // who may vouch for the collector; empty: the system's
  std::string client_certificate_file;
  std::string client_key_file;
  NamesAndValues headers;  // there may be secrets in them
  bool gzip = false;
};

struct OtlpOptions {
  CollectorOptions collector;
  BatchOptions batch;
  SamplerOptions sampler;
  NamesAndValues resource;  // attributes; service.name is the first
};

// Nothing where no spans are to be exported: there is no OTEL_EXPORTER_OTLP_ENDPOINT (or .._TRACES_ENDPOINT), or
// OTEL_SDK_DISABLED or OTEL_TRACES_EXPORTER=none say so. Then no other variable is looked at. Appends to `faults` a
// sentence for each variable whose value cannot be used; it quotes no header's value.
std::optional<OtlpOptions> ReadOtlpOptions(const Environment& environment, std::vector<std::string>& faults);

}  // namespace webex_gateway
