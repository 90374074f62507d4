// Runs webexctl in the test's process.
#pragma once

#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "absl/flags/reflection.h"
#include "client/cli.h"

namespace webex_gateway::client {

struct CliResult {
  int code;
  std::string out;
  std::string err;
};

// Flags are restored afterwards.
inline CliResult Webexctl(const std::vector<std::string>& args, const std::string& in = "",
                          const std::map<std::string, std::string>& environment = {}) {
  const absl::FlagSaver saver;
  std::istringstream input(in);
  std::ostringstream out, err;
  const auto lookup = [&environment](const std::string& name) {
    const auto it = environment.find(name);
    return it == environment.end() ? std::nullopt : std::optional<std::string>(it->second);
  };
  const int code = RunCli(args, {input, out, err, lookup, {environment.begin(), environment.end()}});
  return {code, out.str(), err.str()};
}

}  // namespace webex_gateway::client
