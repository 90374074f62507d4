#include "server/base/uuid.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace webex_gateway {
namespace {

// A random source that gives the same bits forever.
struct Always {
  using result_type = uint64_t;
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }
  result_type operator()() const { return bits; }
  result_type bits;
};

TEST(NewUuid, IsVersion4WhateverTheRandomBits) {
  Always zeros{0};
  EXPECT_EQ(NewUuid(zeros), "00000000-0000-4000-8000-000000000000");
  Always ones{~uint64_t{0}};
  EXPECT_EQ(NewUuid(ones), "ffffffff-ffff-4fff-bfff-ffffffffffff");
}

TEST(UuidToBytes, GoesThereAndBack) {
  const std::optional<std::string> bytes = UuidToBytes("00010203-0405-4607-8809-0A0b0C0d0EfF");
  ASSERT_TRUE(bytes);
  EXPECT_EQ(*bytes, std::string("\0\1\2\3\4\5\x46\7\x88\x09\x0a\x0b\x0c\x0d\x0e\xff", 16));
  EXPECT_EQ(UuidFromBytes(*bytes), "00010203-0405-4607-8809-0a0b0c0d0eff");
}

TEST(UuidToBytes, TakesNothingElse) {
  for (const char* text : {"", "1", "00010203-0405-4607-8809-0a0b0c0d0ef", "00010203-0405-4607-8809-0a0b0c0d0eg0",
                           "00010203040546078809-0a0b0c0d0eff0000"}) {
    EXPECT_EQ(UuidToBytes(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace webex_gateway
