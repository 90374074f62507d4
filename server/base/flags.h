// Command-line flags with every fault reported at once. Flags are Abseil's (ABSL_FLAG), so that each is defined once
// with its type, default and help; only argv and the environment are read by our own code, because
// absl::ParseCommandLine ends the process at the first fault.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/flags/reflection.h"

namespace webex_gateway {

// A heading in --help and its flags, in the order shown.
struct FlagSection {
  std::string title;
  std::vector<absl::CommandLineFlag*> flags;
  std::map<std::string, std::string> help{};  // by name: replaces the help of flags that have another meaning here
  bool in_environment = true;                 // false: these are commands, which no variable gives
};

// The flag's help in this section.
std::string HelpOf(const FlagSection& section, const absl::CommandLineFlag& flag);

// getenv, or a test's replacement.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
Environment ProcessEnvironment();

// `prefix` + the flag's name in upper case: the environment variable that sets the flag.
std::string VariableOf(const std::string& prefix, const absl::CommandLineFlag& flag);

// VariableOf each flag that can be set in the environment.
std::vector<std::string> VariablesOf(const std::vector<FlagSection>& sections, const std::string& prefix);

// Sets the flags from the environment (values without surrounding white space) and then from `args` (without the
// program's name), so that the command line takes precedence. An empty `prefix` ignores the environment. Accepts
// `--name=value`, `--name value`, `--name` or `--noname` for a bool, and `-h` for --help, also with dashes instead of
// underscores in a name; `--` ends the flags. Returns the other arguments; appends one sentence to `faults` for each
// flag that is unknown or whose value does not parse.
std::vector<std::string> ReadFlags(const std::vector<FlagSection>& sections, const std::string& prefix,
                                   const Environment& environment, const std::vector<std::string>& args,
                                   std::vector<std::string>& faults);

// The flags with their defaults and meanings, for --help, at most 100 columns wide.
std::string DescribeFlags(const std::vector<FlagSection>& sections);

}  // namespace webex_gateway
