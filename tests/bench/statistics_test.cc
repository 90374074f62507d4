#include "tests/bench/statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace webex_gateway {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(StatisticsTest, APercentileIsTheValueThatTheShareStaysBelow) {
  const std::vector<double> values = {4, 1, 3, 2};
  EXPECT_EQ(Percentile(values, 0), 1);
  EXPECT_EQ(Percentile(values, 0.5), 3);
  EXPECT_EQ(Percentile(values, 0.99), 4);
  EXPECT_EQ(Percentile(values, 1), 4);
  EXPECT_EQ(Percentile({}, 0.5), 0);
}

TEST(StatisticsTest, AMedianIsTheMiddleValueOrTheMeanOfTheTwoInTheMiddle) {
  EXPECT_EQ(Median(std::vector<double>{9, 1, 2}), 2);
  EXPECT_EQ(Median(std::vector<double>{9, 1, 2, 4}), 3);
  EXPECT_EQ(Median(std::vector<double>{}), 0);
}

TEST(StatisticsTest, OfFiguresEachHasItsOwnMedian) {
  const Figures median = Median(std::vector<Figures>{{1, 30, 5, 9}, {2, 20, 6, 7}, {3, 10, 4, 8}});
  EXPECT_EQ(median.cpu_us, 2);
  EXPECT_EQ(median.per_second, 20);
  EXPECT_EQ(median.p50_ms, 5);
  EXPECT_EQ(median.p99_ms, 8);
}

TEST(StatisticsTest, FiguresAreForEachOrder) {
  const Figures figures = FiguresOf({.milliseconds = {1, 2, 3, 4}, .endings = {{"OK", 4}}, .seconds = 2}, 0.001);
  EXPECT_EQ(figures.cpu_us, 250);
  EXPECT_EQ(figures.per_second, 2);
  EXPECT_EQ(figures.p50_ms, 3);
  EXPECT_EQ(figures.p99_ms, 4);
  EXPECT_EQ(FiguresOf({}, 1).cpu_us, 0);
}

TEST(StatisticsTest, OneOrderThatFailedIsSeen) {
  Endings endings = {{"OK", 3}};
  EXPECT_TRUE(AllOk(endings));
  Add({{"OK", 1}, {"WEBEX_UNREACHABLE", 1}}, endings);
  EXPECT_THAT(endings, ElementsAre(Pair("OK", 4), Pair("WEBEX_UNREACHABLE", 1)));
  EXPECT_FALSE(AllOk(endings));
  EXPECT_FALSE(AllOk({}));
}

TEST(StatisticsTest, TheLineOfAnotherProcessIsReadAsItWasWritten) {
  const std::string line = LineOf({80.5, 9000, 1.25, 3}, {{"OK", 7}, {"http_409", 1}});
  const std::optional<Measured> measured = ReadLine("\"answered\":1\n" + line);
  ASSERT_TRUE(measured.has_value());
  EXPECT_EQ(measured->figures.cpu_us, 80.5);
  EXPECT_EQ(measured->figures.per_second, 9000);
  EXPECT_EQ(measured->figures.p50_ms, 1.25);
  EXPECT_EQ(measured->figures.p99_ms, 3);
  EXPECT_THAT(measured->endings, ElementsAre(Pair("OK", 7), Pair("http_409", 1)));
}

TEST(StatisticsTest, ALineWithoutItsEndIsNone) {
  const std::string line = LineOf({80.5, 9000, 1.25, 3}, {{"OK", 7}});
  EXPECT_FALSE(ReadLine(line.substr(0, line.size() - 1)).has_value());
  EXPECT_FALSE(ReadLine("measured 1 2 3\n").has_value());
  EXPECT_FALSE(ReadLine("").has_value());
}

}  // namespace
}  // namespace webex_gateway
