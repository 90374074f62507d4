// Finds environment variables that look like a program's settings but are not: a misspelt one would silently change
// nothing.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace webex_gateway {

using Variables = std::vector<std::pair<std::string, std::string>>;  // names and values

// The variables of this process.
Variables ProcessVariables();

// A sentence for each of `variables` whose name begins with `prefix` and is not in `known`; if it differs from one of
// them in one or two letters, the sentence suggests that one. Variables that Kubernetes creates for a service
// (WEBEX_GATEWAY_PORT=tcp://...) are skipped. Values are not quoted: they may be secret.
std::vector<std::string> UnknownVariables(absl::string_view prefix, const std::vector<std::string>& known,
                                          const Variables& variables);

}  // namespace webex_gateway
