// What --check_config tries beyond the settings themselves: it takes what a start would need from this machine, and
// releases it at once.
#pragma once

#include <string>
#include <vector>

#include "server/options.h"

namespace webex_gateway {

struct StartCheck {
  std::vector<std::string> faults;     // a sentence each, which names the flag
  std::vector<std::string> unchecked;  // what only a start shows, and why
};

// For options without faults. Resolves host names of addresses, but makes no connection.
StartCheck CheckStart(const Options& options);

}  // namespace webex_gateway
