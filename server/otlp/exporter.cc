#include "server/otlp/exporter.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/backoff.h"
#include "server/base/error.h"

namespace webex_gateway {
namespace {

constexpr Backoff kAgain{.first = absl::Seconds(1), .longest = absl::Seconds(5)};
constexpr absl::Duration kTellEvery = absl::Minutes(10);
constexpr size_t kMostWords = 300;

}  // namespace

bool MayBeRepeated(const ExportAnswer& answer) {
  switch (answer.status.code()) {
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDataLoss:
      return true;
    case absl::StatusCode::kResourceExhausted:
      return answer.retry_after.has_value();
    default:
      return false;
  }
}

SpanExporter::SpanExporter(Loop& loop, Clock& clock, absl::BitGenRef random, SpanCollector& collector,
                           const BatchOptions& options, Tell tell)
    : loop_(loop),
      clock_(clock),
      random_(random),
      collector_(collector),
      options_(options),
      tell_(std::move(tell)),
      failures_told_(clock, kTellEvery),
      full_told_(clock, kTellEvery),
      rejections_told_(clock, kTellEvery) {}

void SpanExporter::Start() {
  running_ = true;
  Spawn(loop_, Run());
}

void SpanExporter::Record(Span span) {
  if (stopping()) {
    ++counts_.undelivered;
    return;
  }
  if (queue_.size() >= options_.max_queue_size) return OnFull();
  queue_.push_back(std::move(span));
  if (wake_ && (queue_.size() == 1 || IsDue())) wake_->Set();
}

void SpanExporter::Stop(absl::Duration limit, std::function<void()> done) {
  stop_.request_stop();
  if (!running_) return done();
  done_ = std::move(done);
  limit_ = clock_.At(Later(clock_.Now(), limit), [this] {
    cancelled_ = true;
    collector_.Cancel();
  });
  if (wake_) wake_->Set();
}

Async<void> SpanExporter::Run() {
  while (!stopping() || !queue_.empty()) {
    co_await AwaitBatch();
    if (!queue_.empty()) co_await Deliver(TakeBatch());
  }
  running_ = false;
  limit_ = nullptr;
  done_();
}

// While there are no spans, there is no timer.
Async<void> SpanExporter::AwaitBatch() {
  if (queue_.empty() && !stopping()) {
    wake_.emplace();
    co_await wake_->Wait();
  }
  if (IsDue()) co_return;
  wake_.emplace();
  co_await WaitFor(*wake_, clock_, Later(clock_.Now(), options_.schedule_delay), std::stop_token());
}

std::shared_ptr<const Spans> SpanExporter::TakeBatch() {
  const auto end = queue_.begin() + static_cast<ptrdiff_t>(std::min(queue_.size(), options_.max_batch_size));
  auto batch = std::make_shared<Spans>(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
  queue_.erase(queue_.begin(), end);
  return batch;
}

Async<void> SpanExporter::Deliver(std::shared_ptr<const Spans> batch) {
  const auto spans = static_cast<int64_t>(batch->size());
  const Clock::Time until = Later(clock_.Now(), options_.export_timeout);
  for (int failures = 1; !cancelled_; ++failures) {
    const absl::Duration left = absl::FromChrono(until - clock_.Now());
    const ExportAnswer answer = co_await collector_.Export(batch, std::min(options_.attempt_timeout, left));
    if (answer.status.ok()) co_return OnDelivered(answer, spans);
    OnFailed(answer);
    if (!MayBeRepeated(answer)) {
      counts_.refused += spans;
      co_return;
    }
    const absl::Duration pause =
        std::max(kAgain.After(failures, random_), answer.retry_after.value_or(absl::ZeroDuration()));
    if (stopping() || Later(clock_.Now(), pause) >= until) break;
    co_await Sleep(clock_, pause, stop_.get_token());
  }
  counts_.undelivered += spans;
}

void SpanExporter::OnDelivered(const ExportAnswer& answer, int64_t spans) {
  const int64_t rejected = std::clamp<int64_t>(answer.rejected, 0, spans);
  counts_.refused += rejected;
  counts_.exported += spans - rejected;
  if (failing_) tell_("spans are exported again", false);
  failing_ = false;
  if (answer.rejected <= 0 && answer.words.empty()) return;
  if (!rejections_told_.IsTime()) return;
  tell_(absl::StrCat("the collector rejects ", rejected, " of ", spans, " spans: ", Truncate(answer.words, kMostWords)),
        true);
}

void SpanExporter::OnFailed(const ExportAnswer& answer) {
  if (failing_ || !failures_told_.IsTime()) return;
  failing_ = true;
  tell_(
      absl::StrCat("spans cannot be exported: ", absl::StatusCodeToString(answer.status.code()), ": ",
                   Truncate(answer.status.message(), kMostWords), "; orders go on, further failures are only counted"),
      true);
}

void SpanExporter::OnFull() {
  ++counts_.queue_full;
  if (!full_told_.IsTime()) return;
  tell_("spans are dropped: more of them come than leave, and the queue (OTEL_BSP_MAX_QUEUE_SIZE) is full", true);
}

Readings ReadingsOf(const SpanCounts& counts) {
  const auto dropped = [](const char* cause, int64_t count) {
    return Reading::Sample{static_cast<double>(count), {{"cause", cause}}};
  };
  return {CounterOf("webex_gateway_spans_exported_total", "Spans that the collector took", counts.exported),
          {Reading::Type::kCounter,
           "webex_gateway_spans_dropped_total",
           "Spans that were lost: the queue was full, the collector refused them, or they were not delivered in time",
           {dropped("queue_full", counts.queue_full), dropped("refused", counts.refused),
            dropped("undelivered", counts.undelivered)}}};
}

}  // namespace webex_gateway
