#include "client/batch_progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace webex_gateway::client {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

BatchProgress At(absl::Duration elapsed, size_t applied) {
  return {.elapsed = elapsed, .total = 1000, .applied = applied, .refused = 3, .unknown = 1};
}

TEST(BatchRate, IsThatOfTheLastSeconds) {
  BatchRate rate;
  EXPECT_EQ(rate.per_second(), 0);
  rate.Note(absl::ZeroDuration(), 0);
  rate.Note(absl::Seconds(1), 5000);  // from the record
  for (int second = 2; second <= 30; ++second) rate.Note(absl::Seconds(second), 5000 + 10 * (second - 1));
  EXPECT_DOUBLE_EQ(rate.per_second(), 10);
}

TEST(ProgressLine, SaysHowFarItIsAndWhatItWaitsFor) {
  BatchProgress progress = At(absl::Seconds(9), 496);
  EXPECT_EQ(ProgressLine(progress, 50), "500/1000: 496 applied, 3 refused, 1 unknown; 50/s, 10 s left");
  progress.rate_limited = true;
  EXPECT_THAT(ProgressLine(progress, 30), EndsWith(", Webex limits the rate"));
  progress.webex_limit = 38.2;
  EXPECT_THAT(ProgressLine(progress, 30), EndsWith(", Webex limits to 38/s")) << "which others use, too";
  progress.waits_for = "WEBEX_CIRCUIT_OPEN";
  EXPECT_EQ(ProgressLine(progress, 0),
            "500/1000: 496 applied, 3 refused, 1 unknown; 0.0/s, waiting for WEBEX_CIRCUIT_OPEN");
}

TEST(ProgressBar, FitsTheTerminal) {
  const std::string bar = ProgressBar(At(absl::Seconds(9), 496), 50, 200);
  EXPECT_THAT(bar, StartsWith("[==========          ] 500/1000: "));
  EXPECT_EQ(ProgressBar(At(absl::Seconds(9), 496), 50, 30), bar.substr(0, 30));
}

TEST(ProgressDisplay, DrawsABarAnewOnATerminal) {
  std::ostringstream out;
  ProgressDisplay display(out, 80);
  for (int i = 0; i <= 1000; ++i) display.Show(At(absl::Milliseconds(i), 1));
  display.Clear();
  const std::string text = out.str();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 0);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\r'), 6);  // every 200 ms, and to clear it
  EXPECT_THAT(text, EndsWith("\r\x1b[K"));
}

TEST(ProgressDisplay, IsALineEveryTenSecondsElsewhere) {
  std::ostringstream out;
  ProgressDisplay display(out, 0);
  for (int second = 0; second <= 35; ++second) display.Show(At(absl::Seconds(second), 1));
  display.Clear();
  const std::string text = out.str();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3);
  EXPECT_THAT(text, StartsWith("webexctl: 5/1000: "));
  EXPECT_THAT(text, testing::Not(HasSubstr("\r")));
}

}  // namespace
}  // namespace webex_gateway::client
