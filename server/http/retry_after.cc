#include "server/http/retry_after.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace webex_gateway {
namespace {

// absl::ParseTime has no rule for two-digit years of this century, so RFC 850 dates are read like %y in POSIX: 69-99
// are 19xx.
constexpr const char* kDateFormats[] = {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT",
                                        "%a %b %e %H:%M:%S %Y"};

// "30", "30.5" (to the next whole second), "30 seconds", "30s".
std::optional<absl::Duration> ParseSeconds(absl::string_view value) {
  const auto end = std::find_if_not(value.begin(), value.end(), absl::ascii_isdigit);
  absl::string_view rest = value.substr(static_cast<size_t>(end - value.begin()));
  const absl::string_view digits = value.substr(0, value.size() - rest.size());
  if (digits.empty()) return std::nullopt;
  const bool fraction = absl::ConsumePrefix(&rest, ".");
  const size_t decimals = std::min(rest.find_first_not_of("0123456789"), rest.size());
  const bool up = rest.substr(0, decimals).find_first_not_of('0') != absl::string_view::npos;
  if (fraction && decimals == 0) return std::nullopt;
  if (fraction) rest.remove_prefix(decimals);
  rest = absl::StripAsciiWhitespace(rest);
  const bool unit = rest.empty() || absl::EqualsIgnoreCase(rest, "s") || absl::EqualsIgnoreCase(rest, "sec") ||
                    absl::EqualsIgnoreCase(rest, "second") || absl::EqualsIgnoreCase(rest, "seconds");
  if (!unit) return std::nullopt;
  int64_t seconds = 0;
  if (!absl::SimpleAtoi(digits, &seconds)) return absl::InfiniteDuration();
  return absl::Seconds(seconds) + absl::Seconds(fraction && up ? 1 : 0);
}

// This many seconds are not a wait but a Unix time.
constexpr absl::Duration kLeastUnixTime = absl::Seconds(500'000'000);

// The greatest if several headers were joined into one; nothing if one of them is not a number.
std::optional<absl::Duration> ParseList(absl::string_view value, absl::Time now) {
  absl::Duration greatest;
  for (const absl::string_view item : absl::StrSplit(value, ',')) {
    const std::optional<absl::Duration> wait = ParseSeconds(absl::StripAsciiWhitespace(item));
    if (!wait) return std::nullopt;
    const bool is_time = *wait >= kLeastUnixTime && *wait < absl::InfiniteDuration();
    greatest = std::max(greatest, is_time ? absl::UnixEpoch() + *wait - now : *wait);
  }
  return greatest;
}

std::optional<absl::Duration> Parse(absl::string_view value, absl::Time now) {
  value = absl::StripAsciiWhitespace(value);
  // absl::ParseTime would take "infinite-future" for a date; those of HTTP all have a time of day.
  if (!absl::StrContains(value, ':')) return ParseList(value, now);
  for (const char* format : kDateFormats) {
    absl::Time date;
    std::string error;
    if (absl::ParseTime(format, std::string(value), &date, &error)) return std::max(absl::ZeroDuration(), date - now);
  }
  return std::nullopt;
}

}  // namespace

std::optional<absl::Duration> ParseRetryAfter(absl::string_view value, absl::Time now) {
  const std::optional<absl::Duration> wait = Parse(value, now);
  return wait ? std::optional(std::min(*wait, kLongestRetryAfter)) : std::nullopt;
}

std::optional<absl::Duration> RetryAfterIn(const HttpAnswer& answer, absl::Time now) {
  const std::optional<absl::string_view> value = FindHeader(answer.headers, "Retry-After");
  return value ? ParseRetryAfter(*value, now) : std::nullopt;
}

}  // namespace webex_gateway
