#include "client/text.h"

#include <gtest/gtest.h>

namespace webex_gateway::client {
namespace {

TEST(IsUtf8, TakesWhatIsWellFormed) {
  for (const char* text : {"", "Room 1", "B\xc3\xbcro", "\xe4\xbc\x9a\xe8\xad\xb0\xe5\xae\xa4", "\xf0\x9f\x93\x9e",
                           "\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(IsUtf8(text)) << text;
  }
}

TEST(IsUtf8, RefusesWhatIsNot) {
  for (const char* text : {"\xff", "B\xfcro", "\x80", "\xc3", "\xe4\xbc", "\xc3(", "\xc0\xaf", "\xe0\x80\x80",
                           "\xf0\x80\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80"}) {
    EXPECT_FALSE(IsUtf8(text));
  }
}

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
