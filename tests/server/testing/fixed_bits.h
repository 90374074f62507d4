// Randomness set by a test: all bits zero draw the least value, all bits one (nearly) the greatest.
#pragma once

#include <cstdint>
#include <limits>

namespace webex_gateway {

struct FixedBits {
  using result_type = uint64_t;
  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }
  result_type operator()() const { return bits; }
  result_type bits = 0;
};

}  // namespace webex_gateway
