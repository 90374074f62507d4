// The sandbox's flags as one plain struct.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "server/base/flags.h"
#include "tests/sandbox/faults.h"
#include "tests/sandbox/server.h"
#include "tests/sandbox/settings.h"

namespace webex_gateway::sandbox {

struct Options {
  ServerOptions server;
  Settings settings;
  std::vector<Fault> faults;
  uint64_t seed = 0;  // never 0 once read
  bool help = false;
};

// Reads argv without the program's name, and the environment (WEBEX_SANDBOX_ and the flag's name in upper case).
// Appends a sentence for every fault; the options are usable only if there was none.
Options ReadOptions(const std::vector<std::string>& args, const Environment& environment,
                    std::vector<std::string>& faults);

// The text of --help.
std::string HelpText();

}  // namespace webex_gateway::sandbox
