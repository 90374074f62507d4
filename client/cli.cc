#include "client/cli.h"

#include "absl/strings/str_cat.h"
#include "client/cli_flags.h"
#include "client/commands.h"
#include "client/help.h"

namespace webex_gateway::client {
namespace {

constexpr char kEnvironmentPrefix[] = "WEBEXCTL_";
constexpr char kKnownCommands[] = "provision, health or help";

struct Command {
  absl::string_view name;
  absl::string_view help;
  std::vector<FlagSection> flags;
  int (*run)(const CliOptions&, const CliIo&);
};

std::vector<Command> Commands() {
  return {{"provision", kProvisionHelp, {OrderFlagSection(), GatewayFlagSection()}, RunProvision},
          {"health", kHealthHelp, {HealthFlagSection(), GatewayFlagSection()}, RunHealth}};
}

const Command* Find(const std::vector<Command>& commands, absl::string_view name) {
  for (const Command& command : commands) {
    if (command.name == name) return &command;
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
  return ReadFlags({GatewayFlagSection(), OrderFlagSection(), HealthFlagSection(), HelpFlagSection()}, "", {}, args,
                   faults);
}

int RunCommand(const Command& command, const std::vector<std::string>& args, const CliIo& io) {
  std::vector<std::string> faults;
  ReadFlags({GatewayFlagSection()}, kEnvironmentPrefix, io.environment, {}, faults);
  const std::vector<std::string> words = ReadFlags(command.flags, "", {}, args, faults);
  for (size_t i = 1; i < words.size(); ++i) faults.push_back(absl::StrCat(words[i], ": one argument too many"));
  const CliOptions options = CurrentOptions(faults);
  return faults.empty() ? command.run(options, io) : ReportUsage(faults, command.name, io);
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
  const Command* command = Find(commands, words[0]);
  if (command == nullptr) {
    faults.push_back(absl::StrCat(words[0], ": no such command; there are ", kKnownCommands));
    return ReportUsage(faults, "", io);
  }
  return help ? ShowHelp(command, io) : RunCommand(*command, args, io);
}

}  // namespace

int RunCli(const std::vector<std::string>& args, const CliIo& io) {
  const int code = Dispatch(args, io);
  if (io.out.flush()) return code;
  io.err << "webexctl: the answer could not be written to standard output\n";
  return code == kExitOk ? kExitNotWritten : code;
}

}  // namespace webex_gateway::client
