#include "server/base/unseen.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace webex_gateway {
namespace {

TEST(EscapeUnseen, ShowsWhatATerminalOrAReaderWouldObey) {
  const std::pair<const char*, const char*> cases[] = {
      {"\x01", "\\u0001"},
      {"\x1b[2J", "\\u001b[2J"},
      {"\x7f", "\\u007f"},
      {"\u0080", "\\u0080"},
      {"\u009b", "\\u009b"},
      {"\u00ad", "\\u00ad"},
      {"\u061c", "\\u061c"},
      {"\u180e", "\\u180e"},
      {"\u200b", "\\u200b"},
      {"\u200e", "\\u200e"},
      {"\u200f", "\\u200f"},
      {"\u2028", "\\u2028"},
      {"\u2029", "\\u2029"},
      {"\u202a", "\\u202a"},
      {"\u202e", "\\u202e"},
      {"\u2060", "\\u2060"},
      {"\u2066", "\\u2066"},
      {"\u2069", "\\u2069"},
      {"\u206f", "\\u206f"},
      {"\ufeff", "\\ufeff"},
      {"\ufff9", "\\ufff9"},
      {"\U0001d173", "\\ud834\\udd73"},
      {"\U000e0041", "\\udb40\\udc41"},
  };
  for (const auto& [unseen, escape] : cases) {
    EXPECT_EQ(EscapeUnseen(absl::StrCat("a", unseen, "b")), absl::StrCat("a", escape, "b"));
    EXPECT_EQ(EscapeUnseen(absl::StrCat(unseen, unseen)), absl::StrCat(escape, escape));
  }
  EXPECT_EQ(EscapeUnseen(absl::string_view("\0", 1)), "\\u0000");
}

TEST(EscapeUnseen, LeavesWhatIsSeen) {
  for (const char* text : {"", "Room 1", "Zürich, 東京, 🎉", "\u00a0", "\u00ac\u00ae", "\u061b\u061d", "\u2010\u2027",
                           "\u202f\u205f\u2070", "\ufefe", "\ufffc\ufffd", "مرحبا", "\\u202e", "e\u0301", "☎️"}) {
    EXPECT_EQ(EscapeUnseen(text), text);
  }
}

TEST(EscapeUnseen, KeepsWhatItIsToldTo) { EXPECT_EQ(EscapeUnseen("a\nb\tc\u202e", "\n"), "a\nb\\u0009c\\u202e"); }

TEST(EscapeUnseen, TakesHalfACharacterAsItIs) {
  for (const char* text : {"\xe2\x80", "\xc2", "\xf0\x9f\x8e", "\x80", "\xff"}) EXPECT_EQ(EscapeUnseen(text), text);
}

TEST(HasControlCharacter, KnowsC0AndDelAndC1ButNoOther) {
  for (const char* const text : {"a\n", "\x1b[0m", "a\x7f", "\xc2\x80", "a\xc2\x9f", "\xc2\xc2\x80", "\xc2\xa0\n"}) {
    EXPECT_TRUE(HasControlCharacter(text)) << text;
  }
  for (const char* const text : {"", "a b", "\xc2\xa0", "a\xc2", "\xc3\x80", "\xe2\x80\xae"}) {
    EXPECT_FALSE(HasControlCharacter(text)) << text;
  }
}

}  // namespace
}  // namespace webex_gateway
