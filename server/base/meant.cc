#include "server/base/meant.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"

namespace webex_gateway {
namespace {

constexpr size_t kSlips = 2;            // letters omitted, added, or replaced
constexpr size_t kLettersForASlip = 3;  // a short name resembles many others

// The number of letters that differ (Levenshtein distance).
size_t Distance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);  // from the first letters of `a` to the first of `b`
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t other_letter = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({other_letter, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string DidYouMean(absl::string_view name, const std::vector<std::string>& known, absl::string_view prefix) {
  std::string meant;
  size_t least = std::min(kSlips, name.size() / kLettersForASlip) + 1;
  for (const std::string& each : known) {
    const size_t distance = Distance(name, each);
    if (distance >= least) continue;
    least = distance;
    meant = each;
  }
  return meant.empty() ? "" : absl::StrCat("; did you mean ", prefix, meant, "?");
}

}  // namespace webex_gateway
