// What --check_config tries beyond the settings themselves: what a start would need of this machine, given back at
// once.
#pragma once

#include <string>
#include <vector>

#include "server/options.h"

namespace webex_gateway {

struct StartCheck {
  std::vector<std::string> faults;     // a sentence for each, which names the flag
  std::vector<std::string> unchecked;  // what only a start shows, and why
};

// For options without faults. Looks host names of addresses up, and connects to nobody.
StartCheck CheckStart(const Options& options);

}  // namespace webex_gateway
