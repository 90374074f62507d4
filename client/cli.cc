#include "client/cli.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/batch_command.h"
#include "client/cli_flags.h"
#include "client/commands.h"
#include "client/help.h"
#include "client/operation_commands.h"
#include "client/resolve_many.h"

namespace webex_gateway::client {
namespace {

constexpr char kEnvironmentPrefix[] = "WEBEXCTL_";
constexpr char kKnownCommands[] =
    "provision, update, remove, batch, operations list, operations summary, operations get, operations resolve, "
    "health or help";
constexpr char kOperations[] = "operations";

int RunResolve(const CliOptions& options, const CliIo& io) {
  return options.operation.from.empty() ? RunResolveOperation(options, io) : RunResolveMany(options, io);
}

struct Command {
  std::vector<std::string> name;  // word by word
  absl::string_view argument;     // the one that it needs behind its name; empty: none
  absl::string_view help;
  std::vector<FlagSection> flags;
  int (*run)(const CliOptions&, const CliIo&);  // none: a group of commands, which has help alone
};

std::vector<Command> Commands() {
  const FlagSection gateway = GatewayFlagSection();
  return {{{"provision"}, "", kProvisionHelp, {ProvisionFlagSection(), gateway}, RunProvision},
          {{"update"}, "", kUpdateHelp, {UpdateFlagSection(), gateway}, RunUpdate},
          {{"remove"}, "", kRemoveHelp, {RemoveFlagSection(), gateway}, RunRemove},
          {{"batch"}, "FILE", kBatchHelp, {BatchFlagSection(), gateway}, RunBatch},
          {{kOperations, "list"}, "", kListHelp, {ListFlagSection(), gateway}, RunListOperations},
          {{kOperations, "summary"}, "", kSummaryHelp, {gateway}, RunSummariseOperations},
          {{kOperations, "get"}, "REQUEST_ID", kGetHelp, {gateway}, RunGetOperation},
          {{kOperations, "resolve"},
           "REQUEST_ID",
           kResolveHelp,
           {ResolveFlagSection(), ResolveManySection(), gateway},
           RunResolve},
          {{kOperations}, "", kOperationsHelp, {gateway}, nullptr},
          {{"health"}, "", kHealthHelp, {HealthFlagSection(), gateway}, RunHealth}};
}

// The command that `words` begin with; of two the one with the longer name stands first.
const Command* Find(const std::vector<Command>& commands, const std::vector<std::string>& words) {
  for (const Command& command : commands) {
    const bool fits = command.name.size() <= words.size();
    if (fits && std::equal(command.name.begin(), command.name.end(), words.begin())) return &command;
  }
  return nullptr;
}

int ShowHelp(const Command* command, const CliIo& io) {
  io.out << (command == nullptr ? kOverviewHelp : command->help)
         << DescribeFlags(command == nullptr ? std::vector<FlagSection>{GatewayFlagSection()} : command->flags);
  return kExitOk;
}

int ShowVersion(const CliIo& io) {
  io.out << "webexctl " WEBEX_GATEWAY_VERSION "\n";
  return kExitOk;
}

// The words that are not flags. Every command's flags are known here, so that the command may stand behind some.
std::vector<std::string> ReadWords(const std::vector<std::string>& args, std::vector<std::string>& faults) {
  std::vector<FlagSection> sections = {HelpFlagSection()};
  for (const Command& command : Commands()) {
    sections.insert(sections.end(), command.flags.begin(), command.flags.end());
  }
  return ReadFlags(sections, "", {}, args, faults);
}

void WarnOfUnknownVariables(const CliIo& io) {
  const std::vector<std::string> known = VariablesOf({GatewayFlagSection()}, kEnvironmentPrefix);
  for (const std::string& unknown : UnknownVariables(kEnvironmentPrefix, known, io.variables)) {
    io.err << "webexctl: " << unknown << "\n";
  }
}

int RunCommand(const Command& command, const std::vector<std::string>& args, const CliIo& io) {
  WarnOfUnknownVariables(io);
  std::vector<std::string> faults;
  ReadFlags({GatewayFlagSection()}, kEnvironmentPrefix, io.environment, {}, faults);
  const std::vector<std::string> words = ReadFlags(command.flags, "", {}, args, faults);
  size_t used = command.name.size();
  std::string argument;
  if (!command.argument.empty() && used < words.size()) argument = words[used++];
  for (; used < words.size(); ++used) faults.push_back(absl::StrCat(words[used], ": one argument too many"));
  CliOptions options = CurrentOptions(faults);
  const bool lists = command.run == RunListOperations;
  if (options.output == OutputFormat::kCsv && !lists) faults.emplace_back("--output=csv: is for operations list alone");
  const bool is_needed = !command.argument.empty() && options.operation.from.empty();
  if (is_needed && argument.empty()) faults.insert(faults.begin(), absl::StrCat(command.argument, " is missing"));
  options.operation.request_id = argument;
  options.batch.file = std::move(argument);
  return faults.empty() ? command.run(options, io) : ReportUsage(faults, absl::StrJoin(command.name, " "), io);
}

int Dispatch(const std::vector<std::string>& args, const CliIo& io) {
  std::vector<std::string> faults;
  std::vector<std::string> words = ReadWords(args, faults);
  const std::vector<Command> commands = Commands();
  bool help = HelpWanted();
  if (!words.empty() && words[0] == "help") {
    help = true;
    words.erase(words.begin());
  }
  if (!help && VersionWanted()) return ShowVersion(io);
  if (words.empty() && help) return ShowHelp(nullptr, io);
  if (words.empty()) {
    faults.push_back(absl::StrCat("a command is missing: ", kKnownCommands));
    return ReportUsage(faults, "", io);
  }
  const Command* command = Find(commands, words);
  const bool group = command != nullptr && command->run == nullptr;
  if (command == nullptr || (group && (words.size() > 1 || !help))) {
    const std::string name = group ? absl::StrJoin(words, " ") : words[0];
    faults.push_back(absl::StrCat(name, ": no such command; there are ", kKnownCommands));
    return ReportUsage(faults, group ? kOperations : "", io);
  }
  return help ? ShowHelp(command, io) : RunCommand(*command, args, io);
}

}  // namespace

int RunCli(const std::vector<std::string>& args, const CliIo& io) {
  const int code = Dispatch(WithRepeatsJoined(args), io);
  if (io.out.flush()) return code;
  io.err << "webexctl: the answer could not be written to standard output\n";
  return code == kExitOk ? kExitNotWritten : code;
}

}  // namespace webex_gateway::client
