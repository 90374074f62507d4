#include "server/base/user_name.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "absl/strings/ascii.h"

namespace webex_gateway {

std::string FoldedName(absl::string_view name) {
  name = absl::StripAsciiWhitespace(name);
  // Most names are ASCII, and the rest costs as much as a dozen of these.
  if (std::all_of(name.begin(), name.end(), [](char c) { return absl::ascii_isascii(static_cast<unsigned char>(c)); }))
    return absl::AsciiStrToLower(name);
  utf8proc_uint8_t* folded = nullptr;
  const utf8proc_ssize_t size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(name.data()), static_cast<utf8proc_ssize_t>(name.size()),
                   &folded, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(folded, &std::free);
  if (size < 0) return std::string(name);  // not valid UTF-8
  return {reinterpret_cast<const char*>(folded), static_cast<size_t>(size)};
}

}  // namespace webex_gateway
