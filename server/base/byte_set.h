// A set of bytes, for finding the first byte of a text that is in it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "absl/strings/string_view.h"

namespace webex_gateway {

class ByteSet {
 public:
  // Those for which `is_in(unsigned char)` is true.
  template <typename IsIn>
  constexpr explicit ByteSet(IsIn is_in) {
    for (size_t byte = 0; byte < in_.size(); ++byte) in_[byte] = is_in(static_cast<unsigned char>(byte));
  }

  // The position of the first byte that is in the set; the size of `text` if there is none.
  size_t FirstIn(absl::string_view text) const {
    const auto* const found = std::find_if(text.begin(), text.end(), [this](unsigned char byte) { return in_[byte]; });
    return static_cast<size_t>(found - text.begin());
  }

 private:
  std::array<bool, 256> in_{};
};

}  // namespace webex_gateway
