#include "client/strict_json.h"

#include <algorithm>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "client/text.h"

namespace webex_gateway::client {
namespace {

constexpr int kMaxDepth = 32;

class Scanner {
 public:
  Scanner(absl::string_view text, size_t line) : text_(text), first_line_(line) {}

  std::string Fault() {
    SkipSpace();
    if (at_ == text_.size()) return "it is empty";
    if (Value(0)) {
      SkipSpace();
      if (at_ < text_.size()) Fail("text after the end");
    }
    return fault_;
  }

 private:
  bool Value(int depth) {
    SkipSpace();
    if (depth > kMaxDepth) return Fail("objects are nested too deeply");
    if (Take('{')) return Members(depth);
    if (Take('[')) return Elements(depth);
    if (Peek() == '"') return Text();
    return Word();
  }

  bool Members(int depth) {
    std::map<std::string, std::string> names;  // as written, by field
    SkipSpace();
    if (Take('}')) return true;
    do {
      SkipSpace();
      if (Peek() == '}') return FailAtComma();
      if (!Name(names) || !Value(depth + 1)) return false;
      SkipSpace();
    } while (TakeComma());
    return Take('}') || Fail("expected a comma or }");
  }

  bool Elements(int depth) {
    SkipSpace();
    if (Take(']')) return true;
    do {
      SkipSpace();
      if (Peek() == ']') return FailAtComma();
      if (!Value(depth + 1)) return false;
      SkipSpace();
    } while (TakeComma());
    return Take(']') || Fail("expected a comma or ]");
  }

  bool Name(std::map<std::string, std::string>& names) {
    const size_t begin = at_;
    if (Peek() != '"') return Fail("expected a name in double quotes");
    if (!Text()) return false;
    const std::string name(text_.substr(begin + 1, at_ - begin - 2));
    const auto [earlier, is_new] = names.emplace(absl::AsciiStrToLower(absl::StrReplaceAll(name, {{"_", ""}})), name);
    if (!is_new) return FailAt(begin, absl::StrCat(Printable(name), " is a duplicate of ", Printable(earlier->second)));
    // Escapes could hide that two names are one.
    if (absl::StrContains(name, '\\')) return FailAt(begin, "a name that contains a \\");
    SkipSpace();
    return Take(':') || Fail("expected a :");
  }

  bool Text() {
    const size_t begin = at_++;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '"') return ++at_, true;
      if (c == '\\') ++at_;
      if (static_cast<unsigned char>(c) < 0x20) {
        return Fail(c == '\n' ? "a text that does not end on its line" : "a control character in a text");
      }
    }
    return FailAt(begin, "a text that does not end");
  }

  // A number, or true, false, null.
  bool Word() {
    const size_t begin = at_;
    while (at_ < text_.size() &&
           (absl::ascii_isalnum(static_cast<unsigned char>(text_[at_])) || absl::StrContains("+-._", text_[at_]))) {
      ++at_;
    }
    const absl::string_view word = text_.substr(begin, at_ - begin);
    if (word == "true" || word == "false" || word == "null") return true;
    const bool is_number =
        !word.empty() && (word[0] == '-' || absl::ascii_isdigit(static_cast<unsigned char>(word[0])));
    if (is_number) return true;
    return FailAt(begin, word.empty() ? "expected a value" : "text needs double quotes");
  }

  bool TakeComma() {
    const size_t comma = at_;
    if (!Take(',')) return false;
    comma_ = comma;
    return true;
  }

  bool FailAtComma() { return FailAt(comma_, "a comma with nothing after it"); }
  bool Fail(absl::string_view what) { return FailAt(at_, at_ == text_.size() ? "it ends here too early" : what); }
  bool FailAt(size_t at, absl::string_view what) {
    const absl::string_view before = text_.substr(0, at);
    const size_t line_end = before.rfind('\n');
    const size_t column = line_end == absl::string_view::npos ? at + 1 : at - line_end;
    const size_t line = first_line_ + static_cast<size_t>(std::count(before.begin(), before.end(), '\n'));
    fault_ = absl::StrCat("line ", line, ", column ", column, ": ", what);
    return false;
  }

  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool Take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void SkipSpace() {
    while (at_ < text_.size() && absl::StrContains(" \t\r\n", text_[at_])) ++at_;
  }

  const absl::string_view text_;
  const size_t first_line_;
  size_t at_ = 0;
  size_t comma_ = 0;  // the last one between members or elements
  std::string fault_;
};

}  // namespace

std::string FaultInJson(absl::string_view json, size_t line) { return Scanner(json, line).Fault(); }

}  // namespace webex_gateway::client
