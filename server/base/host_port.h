// "host:port", as used in settings and addresses.
#pragma once

#include <cstdint>
#include <optional>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"

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

// Digits only: absl::SimpleAtoi would also accept a sign and white space.
inline bool IsNumber(absl::string_view text, uint32_t least, uint32_t most) {
  uint32_t number = 0;
  return absl::c_all_of(text, absl::ascii_isdigit) && absl::SimpleAtoi(text, &number) && number >= least &&
         number <= most;
}

// With `least` 0, also the port that stands for any.
inline bool IsPort(absl::string_view text, uint32_t least) { return IsNumber(text, least, 65535); }

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
