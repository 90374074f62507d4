// "host:port", as used in settings and addresses.
#pragma once

#include <optional>

#include "absl/strings/string_view.h"

namespace webex_gateway {

// An IPv6 host without the brackets that it needs next to a port.
inline absl::string_view WithoutBrackets(absl::string_view host) {
  return host.size() > 2 && host.front() == '[' && host.back() == ']' ? host.substr(1, host.size() - 2) : host;
}

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
