// What a shell offers for the word that its user is typing. The scripts for bash, zsh and fish ask webexctl itself, so
// that they always offer what this webexctl accepts.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/base/flags.h"

namespace webex_gateway::client {

struct CompletableCommand {
  std::vector<std::string> name;  // word by word
  std::string summary;
  std::vector<std::string> choices;  // of its argument
  bool takes_file = false;           // as its argument
  std::vector<FlagSection> flags;
};

// What Candidates returns if the shell should offer files.
inline constexpr absl::string_view kOfferFiles = ":files";

// The candidates for the last of `words` (those of a command line after the program's name), one per line: the word
// and, after a tab, its description. A word that ends in '=' is to be continued.
std::string Candidates(const std::vector<CompletableCommand>& commands, const std::vector<std::string>& words);

inline constexpr absl::string_view kShells[] = {"bash", "zsh", "fish"};
// The script for the shell; empty for any other than kShells.
absl::string_view CompletionScript(absl::string_view shell);

}  // namespace webex_gateway::client
