// Exports spans: they wait in a bounded queue, and are sent in batches, one batch at a time. Nothing waits for spans:
// one that finds the queue full, or is not delivered in time, is dropped and counted. Independent of gRPC.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/random/bit_gen_ref.h"
#include "absl/status/status.h"
#include "server/base/async.h"
#include "server/base/clock.h"
#include "server/base/reading.h"
#include "server/base/seldom.h"
#include "server/base/span.h"
#include "server/otlp/options.h"

namespace webex_gateway {

using Spans = std::vector<Span>;

// What became of a batch at the collector.
struct ExportAnswer {
  absl::Status status;
  std::optional<absl::Duration> retry_after;  // the pause that the collector asked for
  int64_t rejected = 0;                       // after a success: the spans that it refused
  std::string words;                          // after a success: its reason, or a warning
};

// Where batches go.
class SpanCollector {
 public:
  virtual ~SpanCollector() = default;
  // Sends the spans once; DEADLINE_EXCEEDED after `limit`. One at a time. On the loop.
  virtual Async<ExportAnswer> Export(std::shared_ptr<const Spans> spans, absl::Duration limit) = 0;
  // The export under way, and every later one, ends at once as CANCELLED.
  virtual void Cancel() = 0;
};

// Whether the protocol allows sending the same spans again after this answer.
bool MayBeRepeated(const ExportAnswer& answer);

struct SpanCounts {
  int64_t exported = 0;
  // Dropped: the queue was full; the collector refused them; they were not delivered in time, or before the end.
  int64_t queue_full = 0;
  int64_t refused = 0;
  int64_t undelivered = 0;
};

// For the loop's thread, except for construction.
class SpanExporter : public SpanSink {
 public:
  // Reports in words for the log: with `trouble`, that spans are lost, and why; otherwise, that this is over.
  // Rate-limited.
  using Tell = std::function<void(const std::string& what, bool trouble)>;

  // What is passed by reference must outlive the exporter, and the exporter must outlive its stop.
  SpanExporter(Loop& loop, Clock& clock, absl::BitGenRef random, SpanCollector& collector, const BatchOptions& options,
               Tell tell);

  void Start();

  // After Stop, spans are dropped.
  void Record(Span span) override;

  // Sends what is in the queue now, each batch once; after `limit` it drops the rest. Then calls `done`; without Start,
  // at once. To be called once.
  void Stop(absl::Duration limit, std::function<void()> done);

  const SpanCounts& counts() const { return counts_; }

 private:
  Async<void> Run();
  Async<void> AwaitBatch();
  Async<void> Deliver(std::shared_ptr<const Spans> batch);
  void OnDelivered(const ExportAnswer& answer, int64_t spans);
  void OnFailed(const ExportAnswer& answer);
  void OnFull();
  std::shared_ptr<const Spans> TakeBatch();
  bool stopping() const { return stop_.stop_requested(); }
  bool IsDue() const { return stopping() || queue_.size() >= options_.max_batch_size; }

  Loop& loop_;
  Clock& clock_;
  absl::BitGenRef random_;
  SpanCollector& collector_;
  const BatchOptions options_;
  const Tell tell_;
  std::deque<Span> queue_;
  SpanCounts counts_;
  std::optional<Event> wake_;
  bool running_ = false;
  std::stop_source stop_;
  bool cancelled_ = false;
  std::unique_ptr<Timer> limit_;
  std::function<void()> done_;
  bool failing_ = false;  // and this has been reported
  Seldom failures_told_;
  Seldom full_told_;
  Seldom rejections_told_;
};

Readings ReadingsOf(const SpanCounts& counts);

}  // namespace webex_gateway
