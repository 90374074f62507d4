#include "client/completion.h"

#include <algorithm>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "client/cli_flags.h"

namespace webex_gateway::client {
namespace {

using WordList = std::vector<std::string>;

absl::string_view FirstSentence(absl::string_view help) {
  return absl::StripSuffix(help.substr(0, std::min(help.find(". "), help.find(": "))), ".");
}

void Append(std::string& out, absl::string_view current, absl::string_view word, absl::string_view description) {
  if (absl::StartsWith(word, current)) absl::StrAppend(&out, word, "\t", description, "\n");
}

bool TakesValue(const absl::CommandLineFlag& flag) { return !flag.IsOfType<bool>(); }

bool Begins(const WordList& name, const WordList& words) {
  return name.size() >= words.size() && std::equal(words.begin(), words.end(), name.begin());
}

// Where the user is on the command line.
class Place {
 public:
  Place(const std::vector<CompletableCommand>& commands, const WordList& words) : commands_(commands) {
    current_ = words.empty() ? "" : words.back();
    for (size_t i = 0; i + 1 < words.size(); ++i) {
      flag_ = absl::StartsWith(words[i], "-") ? FlagWithValueNext(words[i]) : nullptr;
      const bool has_its_value = flag_ != nullptr && i + 2 < words.size();
      if (!absl::StartsWith(words[i], "-")) arguments_.push_back(words[i]);
      if (has_its_value) {
        ++i;
        flag_ = nullptr;
      }
    }
    // 'webexctl help' is followed by a command.
    if (!arguments_.empty() && arguments_[0] == "help") arguments_.erase(arguments_.begin());
  }

  std::string Offer() const {
    const size_t equals = current_.find('=');
    if (flag_ != nullptr) return Values(*flag_, "");
    if (!absl::StartsWith(current_, "-")) return Arguments();
    if (equals == std::string::npos) return Flags();
    const absl::CommandLineFlag* flag = FindFlag(current_.substr(0, equals));
    return flag == nullptr ? "" : Values(*flag, current_.substr(0, equals + 1));
  }

 private:
  // The commands that may still be meant.
  std::vector<const CompletableCommand*> Meant() const {
    std::vector<const CompletableCommand*> meant;
    for (const CompletableCommand& command : commands_) {
      if (Begins(command.name, arguments_)) meant.push_back(&command);
    }
    return meant;
  }

  // The command that has been named; null: none yet.
  const CompletableCommand* Command() const {
    for (const CompletableCommand& command : commands_) {
      if (Begins(arguments_, command.name)) return &command;
    }
    return nullptr;
  }

  // Flags of the command; of any command before one has been named.
  std::vector<FlagSection> Sections() const {
    const CompletableCommand* command = Command();
    if (command != nullptr) return command->flags;
    std::vector<FlagSection> all;
    for (const CompletableCommand& each : commands_) all.insert(all.end(), each.flags.begin(), each.flags.end());
    return all;
  }

  const absl::CommandLineFlag* FindFlag(absl::string_view word) const {
    for (const FlagSection& section : Sections()) {
      for (const absl::CommandLineFlag* flag : section.flags) {
        if (absl::StrCat("--", flag->Name()) == word) return flag;
      }
    }
    return nullptr;
  }

  const absl::CommandLineFlag* FlagWithValueNext(const std::string& word) const {
    const absl::CommandLineFlag* flag = FindFlag(word);
    return flag != nullptr && TakesValue(*flag) ? flag : nullptr;
  }

  std::string Values(const absl::CommandLineFlag& flag, absl::string_view prefix) const {
    if (TakesFile(flag)) return absl::StrCat(kOfferFiles, "\n");
    std::string out;
    for (const std::string& choice : ChoicesOf(flag)) Append(out, current_, absl::StrCat(prefix, choice), "");
    return out;
  }

  std::string Flags() const {
    std::string out;
    std::set<absl::string_view> seen;
    for (const FlagSection& section : Sections()) {
      for (const absl::CommandLineFlag* flag : section.flags) {
        if (!seen.insert(flag->Name()).second) continue;
        const std::string word = absl::StrCat("--", flag->Name(), TakesValue(*flag) ? "=" : "");
        Append(out, current_, word, FirstSentence(HelpOf(section, *flag)));
      }
    }
    Append(out, current_, "--help", "Show what the command does, and its flags");
    return out;
  }

  std::string Arguments() const {
    std::string out;
    std::set<std::string> seen;
    for (const CompletableCommand* command : Meant()) {
      if (command->name.size() == arguments_.size()) continue;
      const std::string& word = command->name[arguments_.size()];
      const bool is_last = command->name.size() == arguments_.size() + 1;
      if (seen.insert(word).second) Append(out, current_, word, is_last ? command->summary : "");
    }
    const CompletableCommand* command = Command();
    if (command == nullptr || command->name.size() < arguments_.size()) return out;
    for (const std::string& choice : command->choices) Append(out, current_, choice, "");
    return command->takes_file ? absl::StrCat(kOfferFiles, "\n") : out;
  }

  const std::vector<CompletableCommand>& commands_;
  std::string current_;
  WordList arguments_;                           // before the flag
  const absl::CommandLineFlag* flag_ = nullptr;  // the flag whose value is being completed
};

// bash usually treats '=' as the end of a word, and then expects only the part after it.
constexpr absl::string_view kBash = R"SH(# webexctl's completion for bash: eval "$(webexctl completion bash)"
_webexctl() {
  local line=${COMP_LINE:0:COMP_POINT} words candidates candidate current done
  read -ra words <<< "$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  current=${words[-1]}
  mapfile -t candidates < <("${words[0]}" completion words -- "${words[@]:1}" 2> /dev/null)
  COMPREPLY=()
  if [[ ${candidates[0]} == ':files' ]]; then
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -f -- "${current#--*=}")
    return
  fi
  done=
  [[ $COMP_WORDBREAKS == *=* ]] && done=${current%"${current##*=}"}
  for candidate in "${candidates[@]}"; do
    candidate=${candidate%%$'\t'*}
    [[ $candidate == *= ]] && compopt -o nospace
    COMPREPLY+=("${candidate#"$done"}")
  done
}
complete -F _webexctl webexctl
)SH";

constexpr absl::string_view kZsh = R"SH(#compdef webexctl
# webexctl's completion for zsh: as _webexctl in a folder of $fpath, or eval "$(webexctl completion zsh)"
_webexctl() {
  local -a candidates open closed
  local candidate word
  candidates=("${(@f)$("${words[1]}" completion words -- "${(@)words[2,CURRENT]}" 2> /dev/null)}")
  if [[ ${candidates[1]} == ':files' ]]; then
    compset -P '--*='
    _files
    return
  fi
  for candidate in "${candidates[@]}"; do
    word=${candidate%%$'\t'*}
    [[ -z $word ]] && continue
    word=${word//:/\\:}:${candidate#*$'\t'}
    if [[ $word == *=:* ]]; then open+=("$word"); else closed+=("$word"); fi
  done
  (( ${#closed} )) && _describe 'webexctl' closed
  (( ${#open} )) && _describe 'webexctl' open -S ''
  (( ${#closed} + ${#open} ))
}
if [[ ${funcstack[1]} == _webexctl ]]; then _webexctl "$@"; else compdef _webexctl webexctl; fi
)SH";

constexpr absl::string_view kFish = R"SH(# webexctl's completion for fish: webexctl completion fish | source
function __webexctl_candidates
    set -l words (commandline -opc) (commandline -ct)
    set -l current $words[-1]
    set -l candidates ($words[1] completion words -- $words[2..-1] 2> /dev/null)
    if test "$candidates[1]" = ':files'
        set -l before (string match -r '^--[^=]*=' -- $current)
        for file in (__fish_complete_path (string replace -- "$before" '' $current))
            echo "$before$file"
        end
        return
    end
    printf '%s\n' $candidates
end
complete -c webexctl -f -a '(__webexctl_candidates)'
)SH";

}  // namespace

std::string Candidates(const std::vector<CompletableCommand>& commands, const std::vector<std::string>& words) {
  return Place(commands, words).Offer();
}

absl::string_view CompletionScript(absl::string_view shell) {
  if (shell == "bash") return kBash;
  if (shell == "zsh") return kZsh;
  return shell == "fish" ? kFish : "";
}

}  // namespace webex_gateway::client
