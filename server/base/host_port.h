// "host:port", as used in settings and addresses.
#pragma once

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"
#include "server/base/digits.h"

namespace webex_gateway {

// An IPv6 host without the brackets that it needs next to a port.
inline absl::string_view WithoutBrackets(absl::string_view host) {
  return host.size() > 2 && host.front() == '[' && host.back() == ']' ? host.substr(1, host.size() - 2) : host;
}

// The part of "scheme://authority/path" between scheme and path.
inline absl::string_view AuthorityOf(absl::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme != absl::string_view::npos) url.remove_prefix(scheme + 3);
  return url.substr(0, url.find('/'));
}

// With `least` 0, also the port that stands for any.
inline bool IsPort(absl::string_view text, int64_t least) { return ReadDigits(text, least, 65535).has_value(); }

struct HostPort {
  absl::string_view host;  // without brackets
  absl::string_view port;  // the part after the last colon
};

// Nothing if there is no port. Both parts may be empty, and are not checked any further.
inline std::optional<HostPort> SplitHostPort(absl::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos || text.find(']', colon) != absl::string_view::npos) return std::nullopt;
  return HostPort{WithoutBrackets(text.substr(0, colon)), text.substr(colon + 1)};
}

}  // namespace webex_gateway
