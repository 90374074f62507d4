// Environment variables that look like a program's settings and are none: a misspelt one would change nothing, in
// silence.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace webex_gateway {

using Variables = std::vector<std::pair<std::string, std::string>>;  // names and values

// Those of this process.
Variables ProcessVariables();

// A sentence for each of `variables` whose name begins with `prefix` and is none of `known`; where one or two letters
// make it one of them, it says which. Nothing of those that Kubernetes makes for a service
// (WEBEX_GATEWAY_PORT=tcp://...). Values are not quoted: one may be a secret.
std::vector<std::string> UnknownVariables(absl::string_view prefix, const std::vector<std::string>& known,
                                          const Variables& variables);

}  // namespace webex_gateway
