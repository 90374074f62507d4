#include "server/base/uuid.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace webex_gateway {
namespace {

// A random source that gives the same bits for ever.
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

}  // namespace
}  // namespace webex_gateway
