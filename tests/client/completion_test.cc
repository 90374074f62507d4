#include "client/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_split.h"
#include "tests/client/run_cli.h"

namespace webex_gateway::client {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

// What the shell's script would get, without what is said of each.
std::vector<std::string> Offered(std::vector<std::string> words) {
  words.insert(words.begin(), {"completion", "words", "--"});
  std::vector<std::string> offered;
  for (const absl::string_view line : absl::StrSplit(Webexctl(words).out, '\n', absl::SkipEmpty())) {
    offered.emplace_back(line.substr(0, line.find('\t')));
  }
  return offered;
}

TEST(Completion, OffersTheCommands) {
  EXPECT_THAT(Offered({""}), ElementsAre("provision", "update", "remove", "batch", "operations", "health", "completion",
                                         "version", "help"));
  EXPECT_THAT(Offered({"p"}), ElementsAre("provision"));
  EXPECT_THAT(Offered({"operations", ""}), ElementsAre("list", "summary", "get", "resolve"));
  EXPECT_THAT(Offered({"help", "operations", "l"}), ElementsAre("list"));
  EXPECT_THAT(Offered({"completion", ""}), ElementsAre("bash", "zsh", "fish"));
  EXPECT_THAT(Offered({"nonesuch", ""}), IsEmpty());
}

TEST(Completion, OffersTheFlagsOfTheCommand) {
  EXPECT_THAT(Offered({"remove", "--"}), AllOf(Contains("--workspace_id="), Contains("--address="), Contains("--tls"),
                                               Contains("--help"), Not(Contains("--extension="))));
  EXPECT_THAT(Offered({"--address=h:1", "--timeout", "5s", "operations", "list", "--st"}), ElementsAre("--state="));
  EXPECT_THAT(Offered({"--tls_s"}), ElementsAre("--tls_server_name=")) << "before the command, too";
}

TEST(Completion, OffersTheValuesOfAFlagThatHasFew) {
  EXPECT_THAT(Offered({"operations", "list", "--state=f"}), ElementsAre("--state=failed"));
  EXPECT_THAT(Offered({"operations", "list", "--state", ""}),
              ElementsAre("unknown", "in_flight", "succeeded", "failed", "any"));
  EXPECT_THAT(Offered({"provision", "--if_unknown="}), ElementsAre("--if_unknown=hold", "--if_unknown=repeat"));
  EXPECT_THAT(Offered({"provision", "--user_id="}), IsEmpty());
  EXPECT_THAT(Offered({"provision", "--user_id", "u", "--valid"}), ElementsAre("--validate_only"));
}

TEST(Completion, HasFilesOfferedWhereTheyAreMeant) {
  EXPECT_THAT(Offered({"provision", "--file="}), ElementsAre(":files"));
  EXPECT_THAT(Offered({"health", "--tls_ca_file", "/e"}), ElementsAre(":files"));
  EXPECT_THAT(Offered({"batch", "roo"}), ElementsAre(":files"));
  EXPECT_THAT(Offered({"provision", ""}), ElementsAre(":files"));
}

TEST(Completion, SaysInAFewWordsWhatEachIs) {
  const CliResult commands = Webexctl({"completion", "words", "--", "heal"});
  EXPECT_EQ(commands.out, "health\tshows whether the gateway is serving\n");
  EXPECT_EQ(Webexctl({"completion", "words", "--", "health", "--addr"}).out, "--address=\tThe gateway\n");
}

TEST(Completion, PrintsAScriptForEachShell) {
  for (const absl::string_view shell : kShells) {
    const CliResult result = Webexctl({"completion", std::string(shell)});
    EXPECT_EQ(result.code, 0);
    EXPECT_THAT(result.out, AllOf(HasSubstr("completion words -- "), HasSubstr(":files")));
  }
  EXPECT_THAT(Webexctl({"completion", "tcsh"}).err, StartsWith("webexctl: tcsh: is not one of bash, zsh, fish\n"));
  EXPECT_THAT(Webexctl({"completion"}).err, StartsWith("webexctl: SHELL is missing\n"));
}

}  // namespace
}  // namespace webex_gateway::client
