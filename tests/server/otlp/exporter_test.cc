#include "server/otlp/exporter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "tests/server/testing/fake_clock.h"
#include "tests/server/testing/fixed_bits.h"

namespace webex_gateway {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// Gives the answers that it was told to give, in their order; then takes everything, or hangs.
class FakeCollector : public SpanCollector {
 public:
  Async<ExportAnswer> Export(std::shared_ptr<const Spans> spans, absl::Duration limit) override {
    sizes.push_back(spans->size());
    limits.push_back(limit);
    if (hangs) {
      waiting_.emplace();
      co_await waiting_->Wait();
      co_return ExportAnswer{absl::CancelledError("cancelled")};
    }
    if (answers.empty()) {
      for (const Span& span : *spans) names.push_back(span.name);
      co_return ExportAnswer{};
    }
    ExportAnswer answer = answers.front();
    answers.pop_front();
    co_return answer;
  }
  void Cancel() override {
    if (waiting_) waiting_->Set();
  }

  std::deque<ExportAnswer> answers;
  bool hangs = false;
  std::vector<size_t> sizes;
  std::vector<absl::Duration> limits;
  std::vector<std::string> names;

 private:
  std::optional<Event> waiting_;
};

class ExporterTest : public testing::Test {
 protected:
  explicit ExporterTest(const BatchOptions& options = {.max_queue_size = 8, .max_batch_size = 4})
      : exporter_(loop_, clock_, random_, collector_, options,
                  [this](const std::string& what, bool trouble) { told_.push_back((trouble ? "! " : "") + what); }) {
    exporter_.Start();
    clock_.RunLoop();
  }
  ~ExporterTest() override { Stop(); }

  void Record(int spans) {
    for (int i = 0; i < spans; ++i) exporter_.Record({.name = absl::StrCat(++recorded_)});
    clock_.RunLoop();
  }

  void Stop() {
    if (stopped_) return;
    exporter_.Stop(absl::Milliseconds(500), [this] { stopped_ = true; });
    clock_.Advance(absl::Milliseconds(500));
  }

  const SpanCounts& counts() const { return exporter_.counts(); }

  Loop loop_;
  FakeClock clock_{loop_};
  FixedBits random_;  // the shortest pauses
  FakeCollector collector_;
  std::vector<std::string> told_;
  int recorded_ = 0;
  bool stopped_ = false;
  SpanExporter exporter_;
};

TEST_F(ExporterTest, SendsAFullBatchAtOnceAndInOrder) {
  Record(4);
  EXPECT_THAT(collector_.names, ElementsAre("1", "2", "3", "4"));
  EXPECT_THAT(collector_.limits, ElementsAre(absl::Seconds(10)));
  EXPECT_EQ(counts().exported, 4);
  EXPECT_THAT(told_, IsEmpty());
}

TEST_F(ExporterTest, LetsASpanWaitForOthersNoLongerThanTheDelay) {
  Record(1);
  clock_.Advance(absl::Milliseconds(4999));
  EXPECT_THAT(collector_.sizes, IsEmpty());
  Record(1);
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_THAT(collector_.sizes, ElementsAre(2));
}

TEST_F(ExporterTest, HasNoTimerWhileThereIsNoSpan) {
  EXPECT_EQ(clock_.timers(), 0);
  Record(4);
  EXPECT_EQ(clock_.timers(), 0);
}

TEST_F(ExporterTest, DropsAndCountsWhatFindsNoPlaceWhileTheCollectorHangs) {
  collector_.hangs = true;
  Record(4);  // are under way
  Record(8 + 3);
  EXPECT_EQ(counts().queue_full, 3);
  EXPECT_EQ(counts().exported, 0);
  EXPECT_THAT(told_, ElementsAre(HasSubstr("OTEL_BSP_MAX_QUEUE_SIZE")));
}

TEST_F(ExporterTest, RepeatsWithGrowingPausesWhatMayBeRepeatedAndTellsItOnce) {
  for (int i = 0; i < 3; ++i) collector_.answers.push_back({absl::UnavailableError("down")});
  Record(4);
  EXPECT_THAT(collector_.sizes, ElementsAre(4));
  clock_.Advance(absl::Milliseconds(500));
  EXPECT_THAT(collector_.sizes, ElementsAre(4, 4));
  clock_.Advance(absl::Milliseconds(999));
  EXPECT_THAT(collector_.sizes, ElementsAre(4, 4));
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_THAT(collector_.sizes, ElementsAre(4, 4, 4));
  clock_.Advance(absl::Seconds(2));
  EXPECT_THAT(collector_.names, ElementsAre("1", "2", "3", "4"));
  EXPECT_EQ(counts().exported, 4);
  EXPECT_EQ(counts().undelivered, 0);
  EXPECT_THAT(told_,
              ElementsAre(HasSubstr("! spans cannot be exported: UNAVAILABLE: down"), "spans are exported again"));
}

TEST_F(ExporterTest, DropsABatchThatIsNotDeliveredInItsTimeAndGoesOnWithTheNext) {
  for (int i = 0; i < 20; ++i) collector_.answers.push_back({absl::UnavailableError("down")});
  Record(8);
  clock_.Advance(absl::Seconds(30));
  EXPECT_EQ(counts().undelivered, 4);
  collector_.answers.clear();
  clock_.Advance(absl::Seconds(5));
  EXPECT_THAT(collector_.names, ElementsAre("5", "6", "7", "8"));
  EXPECT_THAT(told_, SizeIs(2));
}

TEST_F(ExporterTest, NeverRepeatsWhatTheCollectorRefuses) {
  collector_.answers.push_back({absl::InvalidArgumentError("bad")});
  Record(4);
  clock_.Advance(absl::Minutes(1));
  EXPECT_THAT(collector_.sizes, ElementsAre(4));
  EXPECT_EQ(counts().refused, 4);
}

TEST_F(ExporterTest, WaitsAsLongAsTheCollectorAsks) {
  collector_.answers.push_back({absl::ResourceExhaustedError("full"), absl::Seconds(7)});
  Record(4);
  clock_.Advance(absl::Milliseconds(6999));
  EXPECT_THAT(collector_.sizes, ElementsAre(4));
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_EQ(counts().exported, 4);
}

TEST_F(ExporterTest, CountsWhatAPartialSuccessLeavesOutAndDoesNotRepeatIt) {
  collector_.answers.push_back({.rejected = 3, .words = "too old"});
  collector_.answers.push_back({.rejected = 1, .words = "too old"});
  Record(8);
  EXPECT_THAT(collector_.sizes, ElementsAre(4, 4));
  EXPECT_EQ(counts().exported, 4);
  EXPECT_EQ(counts().refused, 4);
  EXPECT_THAT(told_, ElementsAre("! the collector rejects 3 of 4 spans: too old"));
}

TEST_F(ExporterTest, FlushesWhatIsInTheQueueAtAStop) {
  Record(3);
  Stop();
  EXPECT_TRUE(stopped_);
  EXPECT_THAT(collector_.names, ElementsAre("1", "2", "3"));
  Record(1);
  EXPECT_EQ(counts().undelivered, 1);
}

TEST_F(ExporterTest, StopsAtOnceWhereThereIsNothing) {
  exporter_.Stop(absl::Milliseconds(500), [this] { stopped_ = true; });
  clock_.RunLoop();
  EXPECT_TRUE(stopped_);
  EXPECT_EQ(clock_.timers(), 0);
}

TEST_F(ExporterTest, WaitsForNoHangingCollectorAtAStop) {
  collector_.hangs = true;
  Record(6);
  Stop();
  EXPECT_TRUE(stopped_);
  EXPECT_EQ(counts().undelivered, 6);
}

TEST_F(ExporterTest, TriesEachBatchOnceMoreAtAStopWhereTheCollectorIsDown) {
  for (int i = 0; i < 20; ++i) collector_.answers.push_back({absl::UnavailableError("down")});
  Record(6);
  exporter_.Stop(absl::Milliseconds(500), [this] { stopped_ = true; });
  clock_.RunLoop();
  EXPECT_TRUE(stopped_);
  EXPECT_THAT(collector_.sizes, ElementsAre(4, 4, 2));
  EXPECT_EQ(counts().undelivered, 6);
}

TEST(MayBeRepeatedTest, IsTheProtocolsTable) {
  std::vector<int> repeated;
  for (int code = 1; code <= 16; ++code) {
    if (MayBeRepeated({absl::Status(static_cast<absl::StatusCode>(code), "")})) repeated.push_back(code);
  }
  EXPECT_THAT(repeated, ElementsAre(1, 4, 10, 11, 14, 15));  // CANCELLED ... DATA_LOSS
  EXPECT_TRUE(MayBeRepeated({absl::ResourceExhaustedError(""), absl::Seconds(1)}));
}

}  // namespace
}  // namespace webex_gateway
