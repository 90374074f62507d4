#include "server/base/utf8.h"

#include <utf8proc.h>

#include <algorithm>

namespace webex_gateway {

size_t Utf8CharacterAtStart(absl::string_view text) {
  utf8proc_int32_t code_point = 0;
  const utf8proc_ssize_t size =
      utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                       static_cast<utf8proc_ssize_t>(std::min<size_t>(text.size(), 4)), &code_point);
  return size > 0 ? static_cast<size_t>(size) : 0;
}

// Nearly all text is ASCII.
bool IsUtf8(absl::string_view text) {
  while (true) {
    const auto* const other =
        std::find_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0x80) != 0; });
    text.remove_prefix(static_cast<size_t>(other - text.begin()));
    if (text.empty()) return true;
    const size_t size = Utf8CharacterAtStart(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
}

}  // namespace webex_gateway
