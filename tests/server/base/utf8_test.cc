#include "server/base/utf8.h"

#include <gtest/gtest.h>

namespace webex_gateway {
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

TEST(Utf8CharacterAtStart, HasTheSizeOfTheFirstAlone) {
  EXPECT_EQ(Utf8CharacterAtStart("ab"), 1U);
  EXPECT_EQ(Utf8CharacterAtStart("\xc3\xbc\xff"), 2U);
  EXPECT_EQ(Utf8CharacterAtStart("\xf0\x9f\x93\x9e!"), 4U);
  EXPECT_EQ(Utf8CharacterAtStart("\xf0\x9f\x93"), 0U);
  EXPECT_EQ(Utf8CharacterAtStart("\xffz"), 0U);
  EXPECT_EQ(Utf8CharacterAtStart(""), 0U);
}

}  // namespace
}  // namespace webex_gateway
