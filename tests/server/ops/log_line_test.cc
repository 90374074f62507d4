#include "server/ops/log_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/stubs/common.h"
#include "google/protobuf/util/json_util.h"

namespace webex_gateway {
namespace {

using testing::EndsWith;

const absl::Time kTime = absl::FromUnixMillis(1'795'641'075'007);  // 2026-11-25T21:11:15.007Z

std::string Json(absl::Span<const LogEntry> entries) {
  return LogLine(LogFormat::kJson, {kTime, LogLevel::kInfo, "answer", entries});
}

std::string Text(absl::Span<const LogEntry> entries) {
  return LogLine(LogFormat::kText, {kTime, LogLevel::kInfo, "answer", entries});
}

// What the line says that `text` was.
std::string ReadBack(absl::string_view text) {
  const std::string line = Json({{LogField::kDetail, text}});
  google::protobuf::Struct read;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(line, &read).ok()) << line;
  return read.fields().at("detail").string_value();
}

TEST(LogLineTest, IsAJsonObjectWithNumbersAsNumbers) {
  const std::vector<int> ports = {50051, 50052};
  EXPECT_EQ(Json({{LogField::kCode, "OK"},
                  {LogField::kAttempts, 2},
                  {LogField::kMs, absl::Microseconds(34'567)},
                  {LogField::kPorts, ports}}),
            R"({"time":"2026-11-25T21:11:15.007Z","level":"info","event":"answer","code":"OK","attempts":2,"ms":34.5,)"
            R"("ports":[50051,50052]})");
}

TEST(LogLineTest, IsTextForPeople) {
  const std::vector<int> ports = {50051, 50052};
  EXPECT_EQ(Text({{LogField::kCode, "OK"},
                  {LogField::kAttempts, 2},
                  {LogField::kMs, absl::Microseconds(34'567)},
                  {LogField::kPorts, ports}}),
            "2026-11-25T21:11:15.007Z info answer code=OK attempts=2 ms=34.5 ports=50051,50052");
}

TEST(LogLineTest, ShowsAMessageToPeopleAsItIs) {
  const LogEntry message{LogField::kMessage, "cannot listen on 'x'"};
  const LogEvent event{kTime, LogLevel::kError, kMessageEvent, absl::MakeConstSpan(&message, 1)};
  EXPECT_EQ(LogLine(LogFormat::kText, event), "2026-11-25T21:11:15.007Z error cannot listen on 'x'");
  EXPECT_EQ(
      LogLine(LogFormat::kJson, event),
      R"({"time":"2026-11-25T21:11:15.007Z","level":"error","event":"message","message":"cannot listen on 'x'"})");
}

TEST(LogLineTest, NamesEachLevel) {
  const std::pair<LogLevel, const char*> levels[] = {{LogLevel::kDebug, "debug"},
                                                     {LogLevel::kInfo, "info"},
                                                     {LogLevel::kWarning, "warning"},
                                                     {LogLevel::kError, "error"}};
  for (const auto& [level, name] : levels) {
    EXPECT_EQ(LogLine(LogFormat::kText, {kTime, level, "x", {}}),
              absl::StrCat("2026-11-25T21:11:15.007Z ", name, " x"));
  }
}

TEST(LogLineTest, LeavesOutWhatIsEmptyButNotZero) {
  EXPECT_EQ(Text({{LogField::kReason, ""}, {LogField::kAttempts, 0}, {LogField::kMs, absl::ZeroDuration()}}),
            "2026-11-25T21:11:15.007Z info answer attempts=0 ms=0.0");
  EXPECT_EQ(Json({{LogField::kReason, ""}}), R"({"time":"2026-11-25T21:11:15.007Z","level":"info","event":"answer"})");
}

TEST(LogLineTest, TakesTimeInAnyYearAndZoneToUtc) {
  const auto at = [](absl::Time time) {
    return LogLine(LogFormat::kText, {time, LogLevel::kInfo, "x", {}}).substr(0, 24);
  };
  EXPECT_EQ(at(absl::UnixEpoch()), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(at(absl::FromUnixMicros(1'999'999)), "1970-01-01T00:00:01.999Z");
}

TEST(LogLineTest, QuotesForPeopleWhatCouldBeTakenForSomethingElse) {
  const std::pair<const char*, const char*> texts[] = {
      {"T1", "T1"},           {"a b", "\"a b\""}, {"a=b", "\"a=b\""},        {"a\"b", "\"a\\\"b\""},
      {"a\\b", "\"a\\\\b\""}, {"é", "\"é\""},     {"a\nb", "\"a\\u000ab\""},
  };
  for (const auto& [text, shown] : texts) {
    EXPECT_EQ(Text({{LogField::kDetail, text}}), absl::StrCat("2026-11-25T21:11:15.007Z info answer detail=", shown));
  }
}

TEST(LogLineTest, ShowsWhatNobodySeesAsEscapes) {
  constexpr char kSpoof[] = "ac\u202eme\u2066\u2069\u200e\u200f\u061c\u2028\u2029\ufeff\u009b\x7f\U000e0041";
  constexpr char kShown[] = R"(ac\u202eme\u2066\u2069\u200e\u200f\u061c\u2028\u2029\ufeff\u009b\u007f\udb40\udc41)";
  EXPECT_THAT(Text({{LogField::kDetail, kSpoof}}), EndsWith(absl::StrCat("detail=\"", kShown, "\"")));
  EXPECT_THAT(Text({{LogField::kMessage, kSpoof}}), EndsWith(kShown));
  EXPECT_THAT(Json({{LogField::kDetail, kSpoof}}), EndsWith(absl::StrCat("\"detail\":\"", kShown, "\"}")));
  EXPECT_EQ(ReadBack(kSpoof), kSpoof);
}

TEST(LogLineTest, KeepsTextAsItIs) {
  for (const char* text :
       {"a \"b\" \\ / {}[]:,", "Zürich, 東京, 🎉", "a\nb\r\tc\x1B[31m", "\x7F\u0085\u009B", "\u2028"}) {
    EXPECT_EQ(ReadBack(text), text);
  }
  EXPECT_EQ(ReadBack(absl::string_view("a\0b", 3)), std::string("a\0b", 3));
}

TEST(LogLineTest, ReplacesBytesThatAreNoText) {
  EXPECT_EQ(ReadBack("a\xFF\xC3(b\xC2"),
            "a?"
            "?(b?");
  EXPECT_EQ(ReadBack("\xED\xA0\x80"), "???");  // half a surrogate pair
}

TEST(LogLineTest, CutsTextThatIsTooLongBetweenCharacters) {
  EXPECT_EQ(ReadBack(std::string(1024, 'a')), std::string(1024, 'a'));
  EXPECT_EQ(ReadBack(std::string(1'000'000, 'a')), std::string(1024, 'a'));
  EXPECT_EQ(ReadBack(std::string(1023, 'a') + "é"), std::string(1023, 'a'));
}

TEST(LogLineTest, IsOneLineOfTextWhateverTheBytes) {
  std::mt19937 random(1);
  for (int i = 0; i < 20'000; ++i) {
    std::string text(1 + random() % 30, '\0');
    for (char& c : text) c = static_cast<char>(random());
    ReadBack(text);
    for (const LogFormat format : {LogFormat::kJson, LogFormat::kText}) {
      const std::string line = LogLine(format, {kTime, LogLevel::kInfo, "x", {{LogField::kDetail, text}}});
      ASSERT_TRUE(google::protobuf::internal::IsStructurallyValidUTF8(line)) << line;
      for (const char c : line) ASSERT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F) << line;
    }
  }
}

std::set<std::string> FieldsOfTheLog() {
  std::set<std::string> fields;
  for (int field = 0; field <= static_cast<int>(LogField::kVersion); ++field) {
    const std::string line = Json({{static_cast<LogField>(field), 1}});
    const size_t begin = line.rfind(",\"") + 2;
    fields.insert(line.substr(begin, line.rfind("\":") - begin));
  }
  return fields;
}

// What is in backquotes in the first column of deploy/README.md's table that begins with "| field |".
std::set<std::string> FieldsOfTheTable() {
  std::set<std::string> fields;
  std::ifstream page(WEBEX_GATEWAY_LOG_FIELDS);
  bool in_table = false;
  for (std::string line; std::getline(page, line);) {
    in_table = absl::StartsWith(line, "| field |") || (in_table && absl::StartsWith(line, "|"));
    if (!in_table) continue;
    const std::vector<std::string> cells = absl::StrSplit(line, '|');
    const std::vector<std::string> pieces = absl::StrSplit(cells[1], '`');  // every other one is in backquotes
    for (size_t i = 1; i < pieces.size(); i += 2) fields.insert(pieces[i]);
  }
  return fields;
}

TEST(LogLineTest, HasTheFieldsThatAreDocumentedAndNoOthers) {
  std::set<std::string> fields = FieldsOfTheLog();
  fields.insert({"time", "level", "event"});
  EXPECT_EQ(FieldsOfTheTable(), fields);
}

}  // namespace
}  // namespace webex_gateway
