#include "server/http/retry_after.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"

namespace webex_gateway {
namespace {

// absl::ParseTime has no two-digit year of this century's rule, so RFC 850 dates are read as POSIX reads %y: 69-99 are
// 19xx.
constexpr const char* kDateFormats[] = {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT",
                                        "%a %b %e %H:%M:%S %Y"};

bool AllDigits(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isdigit(c); });
}

}  // namespace

std::optional<absl::Duration> ParseRetryAfter(absl::string_view value, absl::Time now) {
  value = absl::StripAsciiWhitespace(value);
  if (AllDigits(value)) {
    int64_t seconds = 0;
    return absl::SimpleAtoi(value, &seconds) ? absl::Seconds(seconds) : absl::InfiniteDuration();
  }
  // absl::ParseTime would take "infinite-future" for a date; those of HTTP all have a time of day.
  if (!absl::StrContains(value, ':')) return std::nullopt;
  for (const char* format : kDateFormats) {
    absl::Time date;
    std::string error;
    if (absl::ParseTime(format, std::string(value), &date, &error)) return std::max(absl::ZeroDuration(), date - now);
  }
  return std::nullopt;
}

std::optional<absl::Duration> RetryAfterIn(const HttpAnswer& answer, absl::Time now) {
  const std::optional<absl::string_view> value = FindHeader(answer.headers, "Retry-After");
  return value ? ParseRetryAfter(*value, now) : std::nullopt;
}

}  // namespace webex_gateway
