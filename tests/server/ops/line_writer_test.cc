#include "server/ops/line_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace webex_gateway {
namespace {

constexpr int kLines = 20'000;
constexpr size_t kMostWaiting = 64 << 10;

std::string TellLost(int64_t lost) { return absl::StrCat("lost ", lost); }

class LineWriterTest : public testing::Test {
 protected:
  LineWriterTest() {
    std::signal(SIGPIPE, SIG_IGN);
    EXPECT_EQ(pipe2(ends_, O_CLOEXEC), 0);
  }
  ~LineWriterTest() override {
    CloseReader();
    if (ends_[1] >= 0) close(ends_[1]);
  }

  void Start(int file) { writer_.emplace(file, kMostWaiting, TellLost); }
  void Start() { Start(ends_[1]); }

  // More than the pipe and the queue hold, and what the thread has in hand.
  void PutAll() {
    for (int i = 0; i < kLines; ++i)
      writer_->Put(absl::StrCat("line ", i, " of a hundred bytes", std::string(80, '.')));
  }

  // Ends the writer and reads what there is, to its end.
  std::vector<std::string> ReadToTheEnd() {
    std::string text;
    std::thread reader([&] {
      char buffer[4096];
      for (ssize_t n = read(ends_[0], buffer, sizeof buffer); n > 0; n = read(ends_[0], buffer, sizeof buffer)) {
        text.append(buffer, static_cast<size_t>(n));
      }
    });
    writer_->Flush();
    writer_.reset();
    close(std::exchange(ends_[1], -1));
    reader.join();
    return absl::StrSplit(text, '\n', absl::SkipEmpty());
  }

  void CloseReader() {
    if (ends_[0] >= 0) close(std::exchange(ends_[0], -1));
  }

  int ends_[2] = {-1, -1};
  std::optional<LineWriter> writer_;
};

TEST_F(LineWriterTest, WritesLinesInTheirOrder) {
  Start();
  for (const char* line : {"one", "", "three"}) writer_->Put(line);
  writer_->Flush();
  EXPECT_EQ(writer_->lost(), 0);
  char buffer[100];
  const ssize_t size = read(ends_[0], buffer, sizeof buffer);
  EXPECT_EQ(std::string(buffer, static_cast<size_t>(size)), "one\n\nthree\n");
}

TEST_F(LineWriterTest, HasWrittenAllOnceItHasGone) {
  Start();
  for (int i = 0; i < 100; ++i) writer_->Put("line");
  EXPECT_EQ(ReadToTheEnd().size(), 100u);
}

TEST_F(LineWriterTest, NeverHoldsAnyoneUpAndSaysHowManyLinesAreLost) {
  Start();
  PutAll();  // nobody reads
  const int64_t lost = writer_->lost();
  EXPECT_GT(lost, 0);
  int written = 0;
  int told = 0;
  int last = -1;
  for (const std::string& line : ReadToTheEnd()) {
    absl::string_view rest = line;
    int number = 0;
    if (absl::ConsumePrefix(&rest, "lost ")) {
      ASSERT_TRUE(absl::SimpleAtoi(rest, &number)) << line;
      told += number;
      last += number;  // they stood here
      continue;
    }
    ASSERT_TRUE(absl::ConsumePrefix(&rest, "line ") && absl::SimpleAtoi(rest.substr(0, rest.find(' ')), &number))
        << line;
    ASSERT_EQ(number, ++last);
    ++written;
  }
  EXPECT_EQ(told, lost);
  EXPECT_EQ(written + told, kLines);
}

TEST_F(LineWriterTest, LeavesEvenWhereNobodyReads) {
  Start();
  PutAll();
  writer_->Flush();
  writer_.reset();
}

TEST_F(LineWriterTest, CountsLinesThatCannotBeWrittenAndContinues) {
  CloseReader();
  Start();
  writer_->Put("one");
  writer_->Flush();
  EXPECT_EQ(writer_->lost(), 1);
  writer_->Put("two");
  writer_->Flush();
  EXPECT_EQ(writer_->lost(), 2);
}

TEST_F(LineWriterTest, CountsLinesWithoutAFileToWriteTo) {
  Start(-1);
  writer_->Put("one");
  writer_->Flush();
  EXPECT_EQ(writer_->lost(), 1);
}

TEST_F(LineWriterTest, WaitsForRoomInAPipeThatDoesNotBlock) {
  ASSERT_EQ(fcntl(ends_[1], F_SETFL, O_NONBLOCK), 0);
  Start();
  PutAll();
  const int64_t lost = writer_->lost();
  EXPECT_GT(lost, 0);
  int64_t lines = 0;
  for (const std::string& line : ReadToTheEnd()) lines += absl::StartsWith(line, "line ") ? 1 : 0;
  EXPECT_EQ(lines + lost, kLines);
}

TEST_F(LineWriterTest, TakesLinesFromSeveralThreads) {
  Start();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this] {
      for (int j = 0; j < 100; ++j) writer_->Put("a line that nobody cuts in two");
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::vector<std::string> lines = ReadToTheEnd();
  EXPECT_EQ(lines, std::vector<std::string>(400, "a line that nobody cuts in two"));
}

}  // namespace
}  // namespace webex_gateway
