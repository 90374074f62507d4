#include "server/base/trace_context.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/server/testing/fixed_bits.h"

namespace webex_gateway {
namespace {

constexpr char kTraceId[] = "4bf92f3577b34da6a3ce929d0e0e4736";
constexpr char kSpanId[] = "00f067aa0ba902b7";
constexpr char kGood[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
constexpr char kFresh[] = "00000000000000010000000000000001";  // what FixedBits of zeros make

TraceContext Read(const std::vector<std::string>& parent, const std::vector<std::string>& state = {}) {
  FixedBits bits;
  return ReadTrace(parent, state, bits);
}

std::string StateOf(const std::vector<std::string>& values) { return Read({kGood}, values).state; }

TEST(TraceContextTest, GoesOnWithTheCallersTrace) {
  const TraceContext trace = Read({kGood}, {"congo=t61rcWkgMzE,rojo=00f067aa0ba902b7"});
  EXPECT_EQ(trace.trace_id, kTraceId);
  EXPECT_EQ(trace.parent_span_id, kSpanId);
  EXPECT_EQ(trace.flags, 1);
  EXPECT_EQ(trace.state, "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7");
}

TEST(TraceContextTest, BeginsOneThatIsNotSampledWhereThereIsNone) {
  const TraceContext trace = Read({});
  EXPECT_EQ(trace.trace_id, kFresh);
  EXPECT_EQ(trace.parent_span_id, "");
  EXPECT_EQ(trace.flags, 0);
  EXPECT_EQ(trace.state, "");
}

TEST(TraceContextTest, PassesOnlyFlagsThatItKnows) {
  const std::pair<const char*, int> flags[] = {{"00", 0}, {"01", 1}, {"02", 2}, {"03", 3}, {"ff", 3}, {"fc", 0}};
  for (const auto& [sent, kept] : flags) {
    EXPECT_EQ(Read({absl::StrCat("00-", kTraceId, "-", kSpanId, "-", sent)}).flags, kept) << sent;
  }
}

TEST(TraceContextTest, ReadsLaterVersionsAsIfTheyWereItsOwn) {
  for (const char* version : {"01", "cc", "fe"}) {
    for (const char* more : {"", "-", "-what-the-future-will-be-like", "-é"}) {
      const TraceContext trace = Read({absl::StrCat(version, absl::string_view(kGood).substr(2), more)}, {"a=1"});
      EXPECT_EQ(trace.trace_id, kTraceId) << version << more;
      EXPECT_EQ(trace.parent_span_id, kSpanId) << version << more;
      EXPECT_EQ(trace.flags, 1) << version << more;
      EXPECT_EQ(trace.state, "a=1") << version << more;
    }
  }
}

TEST(TraceContextTest, TakesWhiteSpaceRoundTheValueForNone) {
  EXPECT_EQ(Read({absl::StrCat(" \t", kGood, " ")}).trace_id, kTraceId);
}

TEST(TraceContextTest, BeginsANewTraceWhereTheCallersCannotBeRead) {
  const std::string id = kTraceId;
  const std::string span = kSpanId;
  const std::vector<std::vector<std::string>> bad = {
      {""},
      {"00"},
      {std::string(55, '-')},
      {std::string(kGood).substr(0, 54)},                       // one short
      {absl::StrCat(kGood, "-")},                               // nothing may follow in version 00
      {absl::StrCat(kGood, "0")},                               //
      {absl::StrCat(kGood, "-more")},                           //
      {absl::StrCat("01", std::string(kGood).substr(2), "0")},  // in no version without a dash
      {absl::StrCat("ff-", id, "-", span, "-01")},              // forbidden
      {absl::StrCat("0-", id, "0-", span, "-01")},              //
      {absl::StrCat("0G-", id, "-", span, "-01")},              //
      {absl::StrCat("FE-", id, "-", span, "-01")},              // upper case
      {absl::StrCat("00-4BF92F3577B34DA6A3CE929D0E0E4736-", span, "-01")},
      {absl::StrCat("00-", id, "-00F067AA0BA902B7-01")},
      {absl::StrCat("00-", id, "-", span, "-0A")},
      {absl::StrCat("00-", id, "-", span, "-0x")},
      {absl::StrCat("00-", std::string(32, '0'), "-", span, "-01")},  // all zero
      {absl::StrCat("00-", id, "-", std::string(16, '0'), "-01")},    //
      {absl::StrCat("00_", id, "-", span, "-01")},                    // other separators
      {absl::StrCat("00-", id, "_", span, "-01")},                    //
      {absl::StrCat("00-", id, "-", span, "_01")},                    //
      {absl::StrCat("00-", id.substr(1), "\n-", span, "-01")},        // other bytes
      {absl::StrCat("00-", id.substr(1), std::string(1, '\0'), "-", span, "-01")},
      {absl::StrCat("00-", id.substr(2), "é-", span, "-01")},
      {absl::StrCat("00-", id.substr(1), "\xFF-", span, "-01")},
      {std::string(8192, 'a')},
      {kGood, kGood},  // which one?
  };
  for (const auto& values : bad) {
    const TraceContext trace = Read(values, {"congo=t61rcWkgMzE"});
    EXPECT_EQ(trace.trace_id, kFresh) << absl::StrJoin(values, "|");
    EXPECT_EQ(trace.parent_span_id, "") << absl::StrJoin(values, "|");
    EXPECT_EQ(trace.flags, 0) << absl::StrJoin(values, "|");
    EXPECT_EQ(trace.state, "") << absl::StrJoin(values, "|");
  }
}

TEST(TraceContextTest, CombinesSeveralStatesInTheirOrder) {
  EXPECT_EQ(StateOf({"a=1,b=2", "c=3"}), "a=1,b=2,c=3");
  EXPECT_EQ(StateOf({"", "a=1", ""}), "a=1");
  EXPECT_EQ(StateOf({" a=1 ,\t, b=2"}), "a=1,b=2");
  EXPECT_EQ(StateOf({"t@v=in side=~!"}), "t@v=in side=~!");
}

TEST(TraceContextTest, KeepsNoStateWhereThereIsNothingInIt) {
  EXPECT_EQ(StateOf({}), "");
  EXPECT_EQ(StateOf({"", " , ,\t"}), "");
}

TEST(TraceContextTest, DropsAnInvalidStateButKeepsItsTrace) {
  for (const char* bad : {"a", "=1", "a=", "a=1,b", "a=1\r\nx: y", "a=\x7F", "a=é", "a=\xFF", "=", ",=,"}) {
    const TraceContext trace = Read({kGood}, {bad});
    EXPECT_EQ(trace.state, "") << bad;
    EXPECT_EQ(trace.trace_id, kTraceId) << bad;
  }
}

TEST(TraceContextTest, DropsAStateThatIsTooLongWhole) {
  const std::string longest = absl::StrCat("a=", std::string(510, 'x'));
  EXPECT_EQ(StateOf({longest}), longest);
  EXPECT_EQ(StateOf({longest + "x"}), "");
  EXPECT_EQ(StateOf({longest, "b=1"}), "");
  EXPECT_EQ(StateOf({std::string(8000, ',')}), "");
  const std::vector<std::string> most(32, "a=1");
  EXPECT_EQ(StateOf(most), absl::StrJoin(most, ","));
  EXPECT_EQ(StateOf(std::vector<std::string>(33, "a=1")), "");
}

TEST(TraceContextTest, WritesATraceparentWithTheSpanOfTheAttempt) {
  EXPECT_EQ(TraceParentOf(Read({kGood}), "0123456789abcdef"), absl::StrCat("00-", kTraceId, "-0123456789abcdef-01"));
  EXPECT_EQ(TraceParentOf(Read({}), "0123456789abcdef"), absl::StrCat("00-", kFresh, "-0123456789abcdef-00"));
}

TEST(TraceContextTest, ReadsWhatItWrites) {
  absl::BitGen random;
  const TraceContext begun = ReadTrace({}, {}, random);
  const std::string span = NewSpanId(random);
  const TraceContext read = ReadTrace({TraceParentOf(begun, span)}, {}, random);
  EXPECT_EQ(read.trace_id, begun.trace_id);
  EXPECT_EQ(read.parent_span_id, span);
}

TEST(TraceContextTest, MakesIdsThatAreNeverZeroAndDiffer) {
  FixedBits zeros;
  EXPECT_EQ(NewSpanId(zeros), "0000000000000001");
  absl::BitGen random;
  std::set<std::string> ids;
  for (int i = 0; i < 100; ++i) ids.insert(NewSpanId(random));
  EXPECT_EQ(ids.size(), 100u);
}

TEST(TraceContextTest, SamplingSetsTheFlagThatOthersSeeAndGivesASpan) {
  FixedBits random;
  TraceContext trace = ReadTrace({}, {}, random);
  Sample(trace, [](const TraceContext&) { return true; }, random);
  EXPECT_EQ(trace.flags, kSampledFlag);
  EXPECT_EQ(trace.span_id, "0000000000000001");
  EXPECT_TRUE(trace.is_recorded());
}

TEST(TraceContextTest, SamplingThatDecidesAgainstATraceTakesTheFlagAwayAndLeavesTheOthers) {
  FixedBits random;
  TraceContext trace = ReadTrace({absl::StrCat("00-", kTraceId, "-", kSpanId, "-03")}, {}, random);
  bool was_sampled = false;
  Sample(
      trace,
      [&](const TraceContext& asked) {
        was_sampled = asked.flags == 3;
        return false;
      },
      random);
  EXPECT_TRUE(was_sampled);
  EXPECT_EQ(trace.flags, 2);
  EXPECT_FALSE(trace.is_recorded());
}

TEST(TraceContextTest, WithoutASamplerTheFlagStaysTheCallers) {
  FixedBits random;
  TraceContext trace = ReadTrace({kGood}, {}, random);
  Sample(trace, {}, random);
  EXPECT_EQ(trace.flags, kSampledFlag);
  EXPECT_FALSE(trace.is_recorded());
}

// Whatever comes in, what goes on can stand in a header and is a trace.
TEST(TraceContextTest, SurvivesAnyBytes) {
  std::mt19937 random(1);
  for (int i = 0; i < 20'000; ++i) {
    std::string parent = kGood;
    for (int changes = static_cast<int>(random() % 3); changes > 0; --changes) {
      parent[random() % parent.size()] = static_cast<char>(random());
    }
    std::string state(random() % 20, '\0');
    for (char& c : state) c = "a=,; \r\n\xFF"[random() % 8];
    const TraceContext trace = ReadTrace({parent}, {state}, random);
    ASSERT_EQ(TraceParentOf(trace, kSpanId).size(), 55u) << parent;
    ASSERT_EQ(trace.state.find_first_of("\r\n\xFF"), std::string::npos) << state;
  }
}

}  // namespace
}  // namespace webex_gateway
