#include "server/base/flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "absl/flags/flag.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"

ABSL_FLAG(std::string, flags_test_text, "none",
          "A text. It says what is meant, and so it says it at some length here, "
          "so that the help of it does not fit on a single line.");
ABSL_FLAG(int, flags_test_number, 7, "A number.");
ABSL_FLAG(bool, flags_test_switch, false, "A switch.");
ABSL_FLAG(absl::Duration, flags_test_wait, absl::Seconds(1), "A wait.");
ABSL_FLAG(bool, help, false, "Help.");
ABSL_FLAG(std::optional<absl::Duration>, flags_test_limit, std::nullopt, "A wait that may be absent.");

namespace webex_gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class FlagsTest : public testing::Test {
 protected:
  FlagsTest() {
    absl::SetFlag(&FLAGS_flags_test_text, "none");
    absl::SetFlag(&FLAGS_flags_test_number, 7);
    absl::SetFlag(&FLAGS_flags_test_switch, false);
    absl::SetFlag(&FLAGS_flags_test_wait, absl::Seconds(1));
  }

  static std::vector<FlagSection> Sections() {
    const auto flag = [](absl::string_view name) { return absl::FindCommandLineFlag(name); };
    return {{"First", {flag("flags_test_text"), flag("flags_test_number")}},
            {"Second", {flag("flags_test_switch"), flag("flags_test_wait"), flag("flags_test_limit")}}};
  }

  std::vector<std::string> Read(const std::vector<std::string>& args) {
    const Environment environment = [this](const std::string& name) -> std::optional<std::string> {
      const auto found = variables_.find(name);
      return found == variables_.end() ? std::nullopt : std::optional<std::string>(found->second);
    };
    return ReadFlags(Sections(), "TEST_", environment, args, faults_);
  }

  std::map<std::string, std::string> variables_;
  std::vector<std::string> faults_;
};

TEST_F(FlagsTest, LeavesTheDefaultsWhereNothingIsSaid) {
  EXPECT_THAT(Read({}), IsEmpty());
  EXPECT_THAT(faults_, IsEmpty());
  EXPECT_EQ(absl::GetFlag(FLAGS_flags_test_number), 7);
}

TEST_F(FlagsTest, TakesEveryWayToWriteAFlag) {
  EXPECT_THAT(Read({"--flags_test_text=a=b", "--flags_test_number", "-3", "--flags_test_switch"}), IsEmpty());
  EXPECT_EQ(absl::GetFlag(FLAGS_flags_test_text), "a=b");
  EXPECT_EQ(absl::GetFlag(FLAGS_flags_test_number), -3);
  EXPECT_TRUE(absl::GetFlag(FLAGS_flags_test_switch));
  EXPECT_THAT(Read({"--noflags_test_switch", "--flags_test_text="}), IsEmpty());
  EXPECT_FALSE(absl::GetFlag(FLAGS_flags_test_switch));
  EXPECT_EQ(absl::GetFlag(FLAGS_flags_test_text), "");
  EXPECT_THAT(faults_, IsEmpty());
}

TEST_F(FlagsTest, TakesDashesForUnderscores) {
  EXPECT_THAT(Read({"--flags-test-text=a-b", "--flags-test_number", "5", "--flags-test-switch"}), IsEmpty());
  EXPECT_EQ(absl::GetFlag(FLAGS_flags_test_text), "a-b");
  EXPECT_EQ(absl::GetFlag(FLAGS_flags_test_number), 5);
  EXPECT_TRUE(absl::GetFlag(FLAGS_flags_test_switch));
  EXPECT_THAT(Read({"--no-flags-test-switch"}), IsEmpty());
  EXPECT_FALSE(absl::GetFlag(FLAGS_flags_test_switch));
  EXPECT_THAT(faults_, IsEmpty());
}

TEST_F(FlagsTest, NamesTheFlagThatIsMeant) {
  Read({"--flags_tst_text=a", "--flags-test-txet=b", "-flags_test_wait=1s", "--text=c", "--noflags_test_swich"});
  EXPECT_THAT(faults_, ElementsAre("--flags_tst_text: no such flag; did you mean --flags_test_text?",
                                   "--flags-test-txet: no such flag; did you mean --flags_test_text?",
                                   "-flags_test_wait: no such flag; did you mean --flags_test_wait?",
                                   "--text: no such flag", "--noflags_test_swich: no such flag"));
}

TEST_F(FlagsTest, GivesBackWhatIsNotAFlagAndEverythingBehindTwoDashes) {
  EXPECT_THAT(Read({"go", "--flags_test_number=1", "-", "--", "-x", "--flags_test_number=2"}),
              ElementsAre("go", "-", "-x", "--flags_test_number=2"));
  EXPECT_EQ(absl::GetFlag(FLAGS_flags_test_number), 1);
  EXPECT_THAT(faults_, IsEmpty());
}

TEST_F(FlagsTest, KnowsNoShortFlagButTheOneForHelp) {
  EXPECT_THAT(Read({"-f", "-flags_test_switch", "-h"}), IsEmpty());
  EXPECT_THAT(faults_,
              ElementsAre("-f: no such flag", "-flags_test_switch: no such flag; did you mean --flags_test_switch?",
                          "-h: no such flag"));
  faults_.clear();
  absl::SetFlag(&FLAGS_help, false);
  ReadFlags({{"Help", {absl::FindCommandLineFlag("help")}}}, "", nullptr, {"-h"}, faults_);
  EXPECT_THAT(faults_, IsEmpty());
  EXPECT_TRUE(absl::GetFlag(FLAGS_help));
}

TEST_F(FlagsTest, ReadsTheEnvironmentBelowTheCommandLine) {
  variables_ = {{"TEST_FLAGS_TEST_TEXT", "environment"}, {"TEST_FLAGS_TEST_NUMBER", "8"}};
  Read({"--flags_test_number=9"});
  EXPECT_EQ(absl::GetFlag(FLAGS_flags_test_text), "environment");
  EXPECT_EQ(absl::GetFlag(FLAGS_flags_test_number), 9);
}

TEST_F(FlagsTest, TakesNoWhiteSpaceAroundAVariablesValue) {
  variables_ = {{"TEST_FLAGS_TEST_TEXT", " environment\n"}, {"TEST_FLAGS_TEST_NUMBER", "8\r\n"}};
  Read({});
  EXPECT_EQ(absl::GetFlag(FLAGS_flags_test_text), "environment");
  EXPECT_EQ(absl::GetFlag(FLAGS_flags_test_number), 8);
  EXPECT_THAT(faults_, IsEmpty());
}

TEST_F(FlagsTest, LeavesTheEnvironmentOutWithoutAPrefix) {
  ReadFlags(Sections(), "", nullptr, {"--flags_test_number=9"}, faults_);
  EXPECT_EQ(absl::GetFlag(FLAGS_flags_test_number), 9);
}

TEST_F(FlagsTest, NamesEveryFaultAtOnce) {
  variables_ = {{"TEST_FLAGS_TEST_SWITCH", "perhaps"}};
  Read({"--flags_test_nothing=secret", "--flags_test_number=many", "--noflags_test_number", "--flags_test_wait"});
  EXPECT_THAT(faults_, ElementsAre("TEST_FLAGS_TEST_SWITCH: 'perhaps' is not valid: true or false",  //
                                   "--flags_test_nothing: no such flag",                             //
                                   "--flags_test_number: 'many' is not valid: a whole number",       //
                                   "--noflags_test_number: no such flag; did you mean --flags_test_number?",
                                   "--flags_test_wait: a value is missing"));
}

TEST_F(FlagsTest, SaysOnceThatAValueIsNotValidAndWhatIsWanted) {
  Read({"--flags_test_wait=zz", "--flags_test_limit=60"});
  EXPECT_THAT(faults_, ElementsAre("--flags_test_wait: 'zz' is not valid: a duration, such as 60s",
                                   "--flags_test_limit: '60' is not valid: a duration, such as 60s"));
}

TEST_F(FlagsTest, LeavesAFlagAsItWasWhereTheValueIsNotValid) {
  Read({"--flags_test_wait=zz"});
  EXPECT_EQ(absl::GetFlag(FLAGS_flags_test_wait), absl::Seconds(1));
}

TEST_F(FlagsTest, DescribesEveryFlagWithin100Columns) {
  const std::string help = DescribeFlags(Sections());
  for (const char* part : {"First\n", "--flags_test_text=none\n", "--flags_test_number=7\n", "--flags_test_switch\n"}) {
    EXPECT_TRUE(absl::StrContains(help, part)) << part;
  }
  for (absl::string_view line : absl::StrSplit(help, '\n')) EXPECT_LE(line.size(), 100u) << line;
}

TEST(VariableOf, IsThePrefixAndTheNameInCapitals) {
  EXPECT_EQ(VariableOf("TEST_", *absl::FindCommandLineFlag("flags_test_wait")), "TEST_FLAGS_TEST_WAIT");
}

}  // namespace
}  // namespace webex_gateway
