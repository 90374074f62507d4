#include "server/base/unknown_variables.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "server/base/meant.h"

namespace webex_gateway {
namespace {

bool IsTransport(absl::string_view word) { return word == "TCP" || word == "UDP" || word == "SCTP"; }

// The variables of a service whose name begins like the program's: SERVICE_HOST, SERVICE_PORT, SERVICE_PORT_GRPC, PORT
// (a URL, unlike a setting that someone expects), PORT_50051_TCP and those derived from it.
bool IsKubernetes(absl::string_view rest, absl::string_view value) {
  const std::vector<absl::string_view> words = absl::StrSplit(rest, '_');
  const auto word = [&words](size_t i) { return i < words.size() ? words[i] : ""; };
  uint32_t port = 0;
  for (size_t i = 0; i < words.size(); ++i) {
    const bool last = i + 1 == words.size();
    if (word(i) == "SERVICE" && (word(i + 1) == "PORT" || (word(i + 1) == "HOST" && i + 2 == words.size())))
      return true;
    if (word(i) == "PORT" && last && absl::StrContains(value, "://")) return true;
    if (word(i) == "PORT" && absl::SimpleAtoi(word(i + 1), &port) && IsTransport(word(i + 2))) return true;
  }
  return false;
}

}  // namespace

Variables ProcessVariables() {
  Variables variables;
  for (char** each = environ; *each != nullptr; ++each) {
    variables.push_back(absl::StrSplit(absl::string_view(*each), absl::MaxSplits('=', 1)));
  }
  return variables;
}

std::vector<std::string> UnknownVariables(absl::string_view prefix, const std::vector<std::string>& known,
                                          const Variables& variables) {
  std::vector<std::string> unknown;
  for (const auto& [name, value] : variables) {
    absl::string_view rest = name;
    if (!absl::ConsumePrefix(&rest, prefix) || std::find(known.begin(), known.end(), name) != known.end()) continue;
    if (IsKubernetes(rest, value)) continue;
    unknown.push_back(absl::StrCat(name, ": there is no such setting", DidYouMean(name, known)));
  }
  std::sort(unknown.begin(), unknown.end());
  return unknown;
}

}  // namespace webex_gateway
