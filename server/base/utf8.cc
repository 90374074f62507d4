#include "server/base/utf8.h"

#include <utf8proc.h>

#include <algorithm>

#include "server/base/byte_set.h"

namespace webex_gateway {
namespace {

constexpr ByteSet kBeyondAscii([](unsigned char c) { return c >= 0x80; });

}  // namespace

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
    text.remove_prefix(kBeyondAscii.FirstIn(text));
    if (text.empty()) return true;
    const size_t size = Utf8CharacterAtStart(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
}

}  // namespace webex_gateway
