// Not for its figures, but so that the command works.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"

namespace webex_gateway {
namespace {

using google::protobuf::Struct;
using ::testing::ElementsAre;

std::string WebexBench(const std::string& args) {
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "webex-bench";
  return absl::StrCat("'", program.string(), "' ", args);
}

std::string ReadAll(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<std::string> RowsOf(const Struct& level) {
  std::vector<std::string> rows;
  for (const auto& row : level.fields().at("rows").list_value().values()) {
    rows.push_back(row.struct_value().fields().at("row").string_value());
  }
  return rows;
}

// No order ended otherwise, and the figures are there.
void ExpectSound(const Struct& row) {
  const auto& endings = row.fields().at("endings").struct_value().fields();
  EXPECT_EQ(endings.size(), 1U) << row.DebugString();
  EXPECT_GT(endings.at("OK").number_value(), 2);
  for (const char* figure : {"cpu_us", "orders_per_second", "p50_ms", "p99_ms"}) {
    EXPECT_GT(row.fields().at(figure).number_value(), 0) << figure;
  }
}

TEST(CompareTest, EveryRowEndsAllOfItsOrdersAndTheJsonHasThem) {
  const std::string file = testing::TempDir() + "/compare.json";
  const std::string flags = "--compare --rounds=1 --in_flight=1,4,500 --duration=150ms --json=";
  ASSERT_EQ(std::system(WebexBench(absl::StrCat(flags, file)).c_str()), 0);
  Struct json;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(ReadAll(file), &json).ok());
  std::filesystem::remove(file);
  std::vector<double> in_flight;
  for (const auto& level : json.fields().at("levels").list_value().values()) {
    in_flight.push_back(level.struct_value().fields().at("in_flight").number_value());
    EXPECT_THAT(RowsOf(level.struct_value()), ElementsAre("grpc", "wire", "none", "sqlite", "postgresql", "tls"));
    for (const auto& row : level.struct_value().fields().at("rows").list_value().values()) {
      ExpectSound(row.struct_value());
    }
  }
  EXPECT_THAT(in_flight, ElementsAre(1, 4, 500));
  for (const auto& start : json.fields().at("starts").list_value().values()) {
    EXPECT_GT(start.struct_value().fields().at("idle_mb").number_value(), 0);
    EXPECT_GT(start.struct_value().fields().at("first_answer_ms").number_value(), 0);
  }
}

TEST(CompareTest, WhatItCannotMeasureIsRefused) {
  constexpr int kBadUsage = 2 << 8;  // as wait() has it
  EXPECT_EQ(std::system(WebexBench("--compare --rows=grpc,mysql").c_str()), kBadUsage);
  EXPECT_EQ(std::system(WebexBench("--compare --in_flight=1,5001").c_str()), kBadUsage);
  EXPECT_EQ(std::system(WebexBench("--compare --in_flight=1,many").c_str()), kBadUsage);
}

}  // namespace
}  // namespace webex_gateway
