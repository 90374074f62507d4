// The spans' way out: they gather in a bounded queue and leave in batches, one at a time. Nobody waits for them: what
// finds no place, or is not delivered in time, is dropped and counted. Knows no gRPC.
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

// What a collector made of a batch.
struct ExportAnswer {
  absl::Status status;
  std::optional<absl::Duration> retry_after;  // the collector asked for that
  int64_t rejected = 0;                       // of a success: spans that it did not take
  std::string words;                          // of a success: why, or a warning
};

// Where batches go.
class SpanCollector {
 public:
  virtual ~SpanCollector() = default;
  // Sends the spans once; DEADLINE_EXCEEDED after `limit`. One at a time. On the loop.
  virtual Async<ExportAnswer> Export(std::shared_ptr<const Spans> spans, absl::Duration limit) = 0;
  // What is under way, and whatever is asked for later, ends at once as CANCELLED.
  virtual void Cancel() = 0;
};

// Whether the same spans may be sent again, by the protocol's table of codes.
bool MayBeRepeated(const ExportAnswer& answer);

struct SpanCounts {
  int64_t exported = 0;
  // Dropped: the queue was full; the collector refused them; they were not delivered in time, or before the end.
  int64_t queue_full = 0;
  int64_t refused = 0;
  int64_t undelivered = 0;
};

// For the loop's thread, but for construction.
class SpanExporter : public SpanSink {
 public:
  // In words for the log: with `trouble` that spans are lost and why, else that it is over. Seldom.
  using Tell = std::function<void(const std::string& what, bool trouble)>;

  // What is passed by reference must outlive the exporter, and that its stop.
  SpanExporter(Loop& loop, Clock& clock, absl::BitGenRef random, SpanCollector& collector, const BatchOptions& options,
               Tell tell);

  void Start();

  // A span that comes after Stop is dropped.
  void Record(Span span) override;

  // Has what is in the queue leave now, each batch once. Calls `done` when that is over; after `limit` the rest is
  // dropped. Once; without Start, `done` is called at once.
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
  bool IsDue() const { return stopping_ || queue_.size() >= options_.max_batch_size; }

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
  bool stopping_ = false;
  std::stop_source hurry_;  // requested with stopping_
  bool cancelled_ = false;
  std::unique_ptr<Timer> limit_;
  std::function<void()> done_;
  bool failing_ = false;  // and that was told
  Seldom failures_told_;
  Seldom full_told_;
  Seldom rejections_told_;
};

Readings ReadingsOf(const SpanCounts& counts);

}  // namespace webex_gateway
