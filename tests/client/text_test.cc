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

}  // namespace
}  // namespace webex_gateway::client
