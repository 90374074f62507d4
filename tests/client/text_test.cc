#include "client/text.h"

#include <gtest/gtest.h>

namespace webex_gateway::client {
namespace {

TEST(Printable, LeavesNothingThatATerminalWouldObey) {
  EXPECT_EQ(Printable("a\nb\t\x1b[31mc\x7f"), "a b \\u001b[31mc\\u007f");
  EXPECT_EQ(Printable("ac\u202eme\u2028\ufeff\u009b\u200f"), "ac\\u202eme\\u2028\\ufeff\\u009b\\u200f");
  EXPECT_EQ(Printable("B\xc3\xbcro"), "B\xc3\xbcro");
  EXPECT_EQ(Printable("B\xfcro"), "B?ro");
}

TEST(ShellWord, IsQuotedWhereTheShellWouldReadIntoIt) {
  EXPECT_EQ(ShellWord("Y2lzY29zcGFyazovL3VzL1BMQUNFLzE"), "Y2lzY29zcGFyazovL3VzL1BMQUNFLzE");
  EXPECT_EQ(ShellWord("a/+%=b"), "a/+%=b");
  EXPECT_EQ(ShellWord("a b"), "'a b'");
  EXPECT_EQ(ShellWord("$(rm)'"), "'$(rm)'\\'''");
  EXPECT_EQ(ShellWord(""), "''");
  EXPECT_EQ(ShellWord("~"), "'~'");
}

TEST(ForPeople, SaysAWaitAndNoneThatIsShorter) {
  for (const auto& [wait, words] : {std::pair(absl::ZeroDuration(), "0 ms"),
                                    {absl::Microseconds(1), "1 ms"},
                                    {absl::Milliseconds(250), "250 ms"},
                                    {absl::Milliseconds(999) + absl::Microseconds(1), "1 s"},
                                    {absl::Milliseconds(2481), "2.5 s"},
                                    {absl::Milliseconds(9'950), "10 s"},
                                    {absl::Milliseconds(37'913), "38 s"},
                                    {absl::Milliseconds(59'001), "1 min"},
                                    {absl::Seconds(200), "3 min 20 s"},
                                    {absl::Minutes(5), "5 min"},
                                    {absl::Minutes(125), "2 h 5 min"},
                                    {absl::Minutes(125) + absl::Seconds(1), "2 h 6 min"},
                                    {absl::Hours(2), "2 h"},
                                    {absl::InfiniteDuration(), "forever"}}) {
    EXPECT_EQ(ForPeople(wait), words) << wait;
  }
}

}  // namespace
}  // namespace webex_gateway::client
