#include "server/webex/user_name.h"

#include <utf8proc.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "absl/strings/ascii.h"

namespace webex_gateway {
namespace {

std::string Folded(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  utf8proc_uint8_t* folded = nullptr;
  const utf8proc_ssize_t size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                   &folded, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owned(folded, &std::free);
  if (size < 0) return std::string(text);  // no UTF-8
  return {reinterpret_cast<const char*>(folded), static_cast<size_t>(size)};
}

}  // namespace

bool IsSameUser(absl::string_view one, absl::string_view other) { return Folded(one) == Folded(other); }

}  // namespace webex_gateway
