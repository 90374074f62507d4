// Command-line flags with every fault reported at once. Flags are Abseil's (ABSL_FLAG), so that each is defined once
// with its type, default and help; only the reading of argv and the environment is ours, because absl::ParseCommandLine
// ends the process at the first fault.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/flags/reflection.h"

namespace webex_gateway {

// A heading of --help and the flags below it, in the order in which they are shown.
struct FlagSection {
  std::string title;
  std::vector<absl::CommandLineFlag*> flags;
  std::map<std::string, std::string>
      help{};  // by name, of those that mean something else here than their own help says
};

// What the flag means in this section.
std::string HelpOf(const FlagSection& section, const absl::CommandLineFlag& flag);

// getenv, or a test's own.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
Environment ProcessEnvironment();

// `prefix` + the flag's name in upper case: the environment variable that sets the flag.
std::string VariableOf(const std::string& prefix, const absl::CommandLineFlag& flag);

// VariableOf each of them.
std::vector<std::string> VariablesOf(const std::vector<FlagSection>& sections, const std::string& prefix);

// Sets the flags from the environment (without the white space around a value) and then from `args` (without the
// program's name), so that the command line wins. An empty `prefix` leaves the environment out. Takes `--name=value`,
// `--name value`, and `--name` or `--noname` for a bool, and `-h` for --help, with dashes in place of a name's
// underscores, too; `--` ends the flags. Returns the other arguments; appends to `faults` one sentence for each flag
// that is unknown or whose value does not parse.
std::vector<std::string> ReadFlags(const std::vector<FlagSection>& sections, const std::string& prefix,
                                   const Environment& environment, const std::vector<std::string>& args,
                                   std::vector<std::string>& faults);

// The flags with their defaults and meanings, for --help, at most 100 columns wide.
std::string DescribeFlags(const std::vector<FlagSection>& sections);

}  // namespace webex_gateway
