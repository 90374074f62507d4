#include "client/cli.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "client/batch_command.h"
#include "client/cli_flags.h"
#include "client/commands.h"
#include "client/completion.h"
#include "client/help.h"
#include "client/operation_commands.h"
#include "client/resolve_many.h"
#include "server/base/meant.h"

namespace webex_gateway::client {
namespace {

constexpr char kEnvironmentPrefix[] = "WEBEXCTL_";
constexpr char kOperations[] = "operations";

int RunResolve(const CliOptions& options, const CliIo& io) {
  return options.operation.from.empty() ? RunResolveOperation(options, io) : RunResolveMany(options, io);
}

int RunVersion(const CliOptions&, const CliIo& io) {
  io.out << "webexctl " WEBEX_GATEWAY_VERSION "\n";
  return kExitOk;
}

int RunCompletion(const CliOptions& options, const CliIo& io) {
  const absl::string_view script = CompletionScript(options.shell);
  if (script.empty()) {
    const std::string fault = absl::StrCat(options.shell, ": is not one of ", absl::StrJoin(kShells, ", "));
    return ReportUsage({fault}, "completion", io);
  }
  io.out << script;
  return kExitOk;
}

struct Command {
  std::vector<std::string> name;  // word by word
  absl::string_view argument;     // the argument after its name; optional if in []; empty: it has none
  absl::string_view help;
  std::vector<FlagSection> flags;
  int (*run)(const CliOptions&, const CliIo&);  // null: a group of commands, which only has help
};

constexpr absl::string_view kOptionalFile = "[FILE]";
constexpr absl::string_view kFile = "FILE";
constexpr absl::string_view kShell = "SHELL";

std::vector<Command> Commands() {
  const FlagSection gateway = GatewayFlagSection();
  return {{{"provision"}, kOptionalFile, kProvisionHelp, {ProvisionFlagSection(), gateway}, RunProvision},
          {{"update"}, kOptionalFile, kUpdateHelp, {UpdateFlagSection(), gateway}, RunUpdate},
          {{"remove"}, "", kRemoveHelp, {RemoveFlagSection(), gateway}, RunRemove},
          {{"batch"}, kFile, kBatchHelp, {BatchFlagSection(), gateway}, RunBatch},
          {{kOperations, "list"}, "", kListHelp, {ListFlagSection(), gateway}, RunListOperations},
          {{kOperations, "summary"}, "", kSummaryHelp, {gateway}, RunSummariseOperations},
          {{kOperations, "get"}, "REQUEST_ID", kGetHelp, {gateway}, RunGetOperation},
          {{kOperations, "resolve"},
           "REQUEST_ID",
           kResolveHelp,
           {ResolveFlagSection(), ResolveManySection(), gateway},
           RunResolve},
          {{kOperations}, "", kOperationsHelp, {gateway}, nullptr},
          {{"health"}, "", kHealthHelp, {HealthFlagSection(), gateway}, RunHealth},
          {{"completion"}, kShell, kCompletionHelp, {}, RunCompletion},
          {{"version"}, "", kVersionHelp, {}, RunVersion}};
}

// The names that a user may mean.
std::vector<std::string> NamesOf(const std::vector<Command>& commands) {
  std::vector<std::string> names;
  for (const Command& command : commands) {
    if (command.run != nullptr) names.push_back(absl::StrJoin(command.name, " "));
  }
  names.emplace_back("help");
  return names;
}

std::string KnownCommands(const std::vector<Command>& commands) {
  std::vector<std::string> names = NamesOf(commands);
  const std::string last = std::move(names.back());
  names.pop_back();
  return absl::StrCat(absl::StrJoin(names, ", "), " or ", last);
}

// "webexctl health shows ...." without the name and the full stop.
std::string SummaryOf(const Command& command) {
  absl::string_view line = command.help.substr(0, command.help.find('\n'));
  absl::ConsumePrefix(&line, absl::StrCat("webexctl ", absl::StrJoin(command.name, " "), " "));
  absl::ConsumeSuffix(&line, ".");
  return std::string(line);
}

std::vector<CompletableCommand> Completable(const std::vector<Command>& commands) {
  std::vector<CompletableCommand> completable;
  for (const Command& command : commands) {
    const bool takes_shell = command.argument == kShell;
    const auto shells =
        takes_shell ? std::vector<std::string>(std::begin(kShells), std::end(kShells)) : std::vector<std::string>();
    const bool takes_file = command.argument == kFile || command.argument == kOptionalFile;
    completable.push_back({command.name, SummaryOf(command), shells, takes_file, command.flags});
  }
  completable.push_back({{"help"}, "shows what a command does", {}, false, {HelpFlagSection()}});
  return completable;
}

// The command that `words` begin with. Commands with longer names come first in the list.
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

// The words that are not flags. Every command's flags are known here, so that flags may precede the command.
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

void TakeOrderFile(const std::string& file, OrderFlags& order, std::vector<std::string>& faults) {
  if (order.file) faults.push_back(absl::StrCat(file, ", --file=", *order.file, ": only one of them may be given"));
  order.file = file;
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
  if (options.output == OutputFormat::kCsv && !lists) faults.emplace_back("--output=csv: only for operations list");
  const bool is_needed = !command.argument.empty() && command.argument[0] != '[' && options.operation.from.empty();
  if (is_needed && argument.empty()) faults.insert(faults.begin(), absl::StrCat(command.argument, " is missing"));
  if (command.argument == kOptionalFile && !argument.empty()) TakeOrderFile(argument, options.order, faults);
  options.operation.request_id = argument;
  options.shell = argument;
  options.batch.file = std::move(argument);
  return faults.empty() ? command.run(options, io) : ReportUsage(faults, absl::StrJoin(command.name, " "), io);
}

// `completion words -- WORD...`, as the shells' scripts call it.
bool AsksForCandidates(const std::vector<std::string>& args) {
  return args.size() >= 3 && args[0] == "completion" && args[1] == "words" && args[2] == "--";
}

int Dispatch(const std::vector<std::string>& args, const CliIo& io) {
  if (AsksForCandidates(args)) {
    io.out << Candidates(Completable(Commands()), {args.begin() + 3, args.end()});
    return kExitOk;
  }
  std::vector<std::string> faults;
  std::vector<std::string> words = ReadWords(args, faults);
  const std::vector<Command> commands = Commands();
  bool help = HelpWanted();
  if (!words.empty() && words[0] == "help") {
    help = true;
    words.erase(words.begin());
  }
  if (!help && VersionWanted()) return RunVersion({}, io);
  if (words.empty() && help) return ShowHelp(nullptr, io);
  if (words.empty()) {
    faults.push_back(absl::StrCat("a command is missing: ", KnownCommands(commands)));
    return ReportUsage(faults, "", io);
  }
  const Command* command = Find(commands, words);
  const bool group = command != nullptr && command->run == nullptr;
  if (command == nullptr || (group && (words.size() > 1 || !help))) {
    const std::string name = group ? absl::StrJoin(words, " ") : words[0];
    const std::string meant = DidYouMean(name, NamesOf(commands));
    faults.push_back(absl::StrCat(name, ": no such command", meant));
    if (meant.empty()) faults.back() += absl::StrCat("; there are ", KnownCommands(commands));
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
