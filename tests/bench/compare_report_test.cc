#include "tests/bench/compare_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"

namespace webex_gateway {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Cell CellOf(double cpu_us, bool warm = true) {
  return {.figures = {cpu_us, 1000, 1, 2}, .endings = {{"OK", 3}}, .idle_mb = 20, .first_answer_ms = 50, .warm = warm};
}

Results Example() {
  return {{{16, Row::kGrpc}, {CellOf(30), CellOf(31), CellOf(99)}},
          {{16, Row::kWire}, {CellOf(50)}},
          {{16, Row::kNone}, {CellOf(100)}},
          {{16, Row::kSqlite}, {CellOf(130, /*warm=*/false)}},
          {{1000, Row::kNone}, {CellOf(110)}}};
}

TEST(CompareReportTest, WhatIsBetweenIsTheGatewayWithoutTheServerAndTheWire) {
  EXPECT_EQ(BetweenUs(Example(), 16), 100 - 31 - 50);
  EXPECT_EQ(BetweenUs(Example(), 1000), std::nullopt);
}

TEST(CompareReportTest, ALedgersShareIsWhatIsBeyondTheGatewayWithout) {
  EXPECT_EQ(MoreUs(Example(), 16, Row::kSqlite), 30);
  EXPECT_EQ(Ratio(Example(), 16, Row::kSqlite), 1.3);
  EXPECT_EQ(MoreUs(Example(), 1000, Row::kSqlite), std::nullopt);
  EXPECT_EQ(Ratio(Example(), 1000, Row::kSqlite), std::nullopt);
}

TEST(CompareReportTest, ManyInFlightAreComparedWithTheMostOfFewer) {
  EXPECT_EQ(RatioToFewer(Example(), Row::kNone, 1000, 16), 1.1);
  EXPECT_EQ(RatioToFewer(Example(), Row::kWire, 1000, 16), std::nullopt);
  EXPECT_THAT(TableOf(Example(), {}), HasSubstr("CPU of 1000 in flight against 16\n  no ledger        x 1.10\n"));
}

TEST(CompareReportTest, TheTableSaysWhatManyInFlightWereMeasuredWith) {
  EXPECT_THAT(TableOf(Example(), {}),
              HasSubstr("1000 in flight; Webex takes 100ms, the gateways have --max_upstream_calls=1000\n"));
}

TEST(CompareReportTest, ALogThatHasNotBeenFullIsMarked) {
  EXPECT_THAT(TableOf(Example(), {}), HasSubstr("130.0*"));
  EXPECT_THAT(TableOf(Example(), {}), HasSubstr("*: SQLite's log has not been full yet"));
  const Results warm = {{{16, Row::kSqlite}, {CellOf(130)}}};
  EXPECT_THAT(TableOf(warm, {}), Not(HasSubstr("*")));
}

TEST(CompareReportTest, TheJsonHasTheSameFigures) {
  google::protobuf::Struct json;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(JsonOf(Example(), {.rounds = 3}), &json).ok());
  EXPECT_EQ(json.fields().at("rounds").number_value(), 3);
  const auto& level = json.fields().at("levels").list_value().values(0).struct_value().fields();
  EXPECT_EQ(level.at("in_flight").number_value(), 16);
  EXPECT_EQ(level.at("between_us").number_value(), 19);
  const auto& sqlite = level.at("rows").list_value().values(3).struct_value().fields();
  EXPECT_EQ(sqlite.at("row").string_value(), "sqlite");
  EXPECT_EQ(sqlite.at("cpu_us").number_value(), 130);
  EXPECT_EQ(sqlite.at("ratio").number_value(), 1.3);
  EXPECT_FALSE(sqlite.at("warm").bool_value());
  EXPECT_EQ(sqlite.at("endings").struct_value().fields().at("OK").number_value(), 3);
  const auto& start = json.fields().at("starts").list_value().values(0).struct_value().fields();
  EXPECT_EQ(start.at("row").string_value(), "grpc");
  EXPECT_EQ(start.at("idle_mb").number_value(), 20);
  EXPECT_EQ(start.at("first_answer_ms").number_value(), 50);
}

}  // namespace
}  // namespace webex_gateway
