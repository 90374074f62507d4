#include "server/base/flags.h"

#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "server/base/meant.h"

namespace webex_gateway {
namespace {

constexpr size_t kColumns = 100;
constexpr size_t kIndent = 6;

absl::CommandLineFlag* Find(const std::vector<FlagSection>& sections, absl::string_view written) {
  const std::string name = absl::StrReplaceAll(written, {{"-", "_"}});
  for (const FlagSection& section : sections) {
    for (absl::CommandLineFlag* flag : section.flags) {
      if (flag->Name() == name) return flag;
    }
  }
  return nullptr;
}

// "-address=x" means "address".
absl::string_view NameIn(absl::string_view arg) {
  absl::ConsumePrefix(&arg, "-");
  return arg.substr(0, arg.find('='));
}

// Removes "no" or "no-".
bool IsNegated(absl::string_view& name) {
  if (!absl::ConsumePrefix(&name, "no")) return false;
  if (!absl::ConsumePrefix(&name, "-")) absl::ConsumePrefix(&name, "_");
  return true;
}

std::string NoSuchFlag(const std::vector<FlagSection>& sections, absl::string_view written, absl::string_view name) {
  std::vector<std::string> known;
  for (const FlagSection& section : sections) {
    for (const absl::CommandLineFlag* flag : section.flags) known.emplace_back(flag->Name());
  }
  const std::string meant = DidYouMean(absl::StrReplaceAll(name, {{"-", "_"}}), known, "--");
  return absl::StrCat(written, ": no such flag", meant);
}

// What a value of the flag's type looks like; empty for a type whose own parser reports it.
absl::string_view Wanted(const absl::CommandLineFlag& flag) {
  if (flag.IsOfType<absl::Duration>() || flag.IsOfType<std::optional<absl::Duration>>()) {
    return "a duration, such as 60s";
  }
  if (flag.IsOfType<int>()) return "a whole number";
  if (flag.IsOfType<bool>()) return "true or false";
  return "";
}

// The part of Abseil's error after the value and the flag, which the fault names anyway; otherwise what is expected.
std::string ReasonIn(absl::string_view error, const std::string& value, const absl::CommandLineFlag& flag) {
  absl::ConsumePrefix(&error, absl::StrCat("Illegal value '", value, "' specified for flag '", flag.Name(), "'"));
  absl::ConsumePrefix(&error, "; ");
  if (error.empty()) error = Wanted(flag);
  return error.empty() ? "" : absl::StrCat(": ", error);
}

void Set(absl::CommandLineFlag& flag, const std::string& source, const std::string& value,
         std::vector<std::string>& faults) {
  std::string error;
  if (flag.ParseFrom(value, &error)) return;
  faults.push_back(absl::StrCat(source, ": '", value, "' is not valid", ReasonIn(error, value, flag)));
}

std::string Wrap(const std::string& text) {
  std::string out;
  size_t column = kColumns;
  for (absl::string_view word : absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    if (column + 1 + word.size() > kColumns) {
      absl::StrAppend(&out, out.empty() ? "" : "\n", std::string(kIndent, ' '), word);
      column = kIndent + word.size();
    } else {
      absl::StrAppend(&out, " ", word);
      column += 1 + word.size();
    }
  }
  return out;
}

}  // namespace

std::string HelpOf(const FlagSection& section, const absl::CommandLineFlag& flag) {
  const auto own = section.help.find(std::string(flag.Name()));
  return own == section.help.end() ? flag.Help() : own->second;
}

Environment ProcessEnvironment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
}

std::string VariableOf(const std::string& prefix, const absl::CommandLineFlag& flag) {
  return absl::StrCat(prefix, absl::AsciiStrToUpper(flag.Name()));
}

std::vector<std::string> VariablesOf(const std::vector<FlagSection>& sections, const std::string& prefix) {
  std::vector<std::string> variables;
  for (const FlagSection& section : sections) {
    if (!section.in_environment) continue;
    for (const absl::CommandLineFlag* flag : section.flags) variables.push_back(VariableOf(prefix, *flag));
  }
  return variables;
}

std::vector<std::string> ReadFlags(const std::vector<FlagSection>& sections, const std::string& prefix,
                                   const Environment& environment, const std::vector<std::string>& args,
                                   std::vector<std::string>& faults) {
  for (const FlagSection& section : sections) {
    if (prefix.empty() || !section.in_environment) continue;
    for (absl::CommandLineFlag* flag : section.flags) {
      const std::string variable = VariableOf(prefix, *flag);
      const std::optional<std::string> value = environment(variable);
      // Variables made from secrets and files often end with a newline.
      if (value) Set(*flag, variable, std::string(absl::StripAsciiWhitespace(*value)), faults);
    }
  }

  std::vector<std::string> positional;
  for (size_t i = 0; i < args.size(); ++i) {
    if (args[i] == "--") {
      positional.insert(positional.end(), args.begin() + static_cast<std::ptrdiff_t>(i) + 1, args.end());
      break;
    }
    if (!absl::StartsWith(args[i], "-") || args[i] == "-") {
      positional.push_back(args[i]);
      continue;
    }
    if (!absl::StartsWith(args[i], "--")) {
      absl::CommandLineFlag* help = args[i] == "-h" ? Find(sections, "help") : nullptr;
      if (help != nullptr) Set(*help, "-h", "true", faults);
      if (help == nullptr) faults.push_back(NoSuchFlag(sections, absl::StrCat("-", NameIn(args[i])), NameIn(args[i])));
      continue;
    }
    const std::pair<std::string, std::string> parts = absl::StrSplit(args[i].substr(2), absl::MaxSplits('=', 1));
    const bool has_value = absl::StrContains(args[i], '=');
    absl::CommandLineFlag* flag = Find(sections, parts.first);
    absl::string_view negated = parts.first;
    if (flag != nullptr && has_value) {
      Set(*flag, absl::StrCat("--", parts.first), parts.second, faults);
    } else if (flag != nullptr && flag->IsOfType<bool>()) {
      Set(*flag, absl::StrCat("--", parts.first), "true", faults);
    } else if (flag != nullptr && i + 1 < args.size()) {
      Set(*flag, absl::StrCat("--", parts.first), args[++i], faults);
    } else if (flag != nullptr) {
      faults.push_back(absl::StrCat("--", parts.first, ": a value is missing"));
    } else if (flag = IsNegated(negated) && !has_value ? Find(sections, negated) : nullptr;
               flag != nullptr && flag->IsOfType<bool>()) {
      Set(*flag, args[i], "false", faults);
    } else {
      faults.push_back(NoSuchFlag(sections, absl::StrCat("--", parts.first), parts.first));
    }
  }
  return positional;
}

std::string DescribeFlags(const std::vector<FlagSection>& sections) {
  std::string out;
  for (const FlagSection& section : sections) {
    absl::StrAppend(&out, section.title, "\n");
    for (const absl::CommandLineFlag* flag : section.flags) {
      absl::StrAppend(&out, "  --", flag->Name());
      if (!flag->IsOfType<bool>()) absl::StrAppend(&out, "=", flag->DefaultValue());
      absl::StrAppend(&out, "\n", Wrap(HelpOf(section, *flag)), "\n");
    }
    absl::StrAppend(&out, "\n");
  }
  return out;
}

}  // namespace webex_gateway
