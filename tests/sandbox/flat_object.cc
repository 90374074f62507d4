// The fast reader of json.h: one pass over the text, no tree.
#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/sandbox/json.h"

namespace webex_gateway::sandbox {
namespace {

void AppendUtf8(uint32_t code, std::string& out) {
  const auto tail = [&](int shift) { out.push_back(static_cast<char>(0x80 | (code >> shift & 0x3f))); };
  if (code < 0x80) {
    out.push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out.push_back(static_cast<char>(0xc0 | code >> 6));
    tail(0);
  } else if (code < 0x10000) {
    out.push_back(static_cast<char>(0xe0 | code >> 12));
    tail(6);
    tail(0);
  } else {
    out.push_back(static_cast<char>(0xf0 | code >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

bool IsHighSurrogate(uint32_t code) { return code >= 0xd800 && code < 0xdc00; }
bool IsLowSurrogate(uint32_t code) { return code >= 0xdc00 && code < 0xe000; }

class FlatReader {
 public:
  explicit FlatReader(absl::string_view text) : rest_(text), size_(text.size()) {}

  absl::StatusOr<FlatObject> Read() {
    FlatObject object;
    object.reserve(6);
    if (!Take('{')) return Fault("an object is expected");
    if (!Take('}')) {
      do {
        if (const absl::string_view fault = ReadMember(object); !fault.empty()) return Fault(fault);
      } while (Take(','));
      if (!Take('}')) return Fault("',' or '}' is expected");
    }
    SkipSpace();
    if (!rest_.empty()) return Fault("nothing more is expected");
    return object;
  }

 private:
  absl::Status Fault(absl::string_view what) const {
    return absl::InvalidArgumentError(absl::StrCat(what, " at byte ", size_ - rest_.size()));
  }

  void SkipSpace() {
    const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
    while (!rest_.empty() && is_space(rest_.front())) rest_.remove_prefix(1);
  }

  bool Take(char c) {
    SkipSpace();
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool TakeNull() {
    SkipSpace();
    if (!absl::StartsWith(rest_, "null")) return false;
    rest_.remove_prefix(4);
    return true;
  }

  // Returns what is wrong, or nothing.
  absl::string_view ReadMember(FlatObject& object) {
    std::pair<std::string, std::string> member;
    if (!ReadString(member.first)) return "a name in quotes is expected";
    for (const auto& [name, value] : object) {
      if (name == member.first) return "no name may be given twice: the second ends";
    }
    if (!Take(':')) return "':' is expected";
    if (TakeNull()) return "";
    if (!ReadString(member.second)) return "a string or null is expected";
    object.push_back(std::move(member));
    return "";
  }

  bool ReadString(std::string& out) {
    if (!Take('"')) return false;
    for (;;) {
      const size_t plain = PlainLength();
      out.append(rest_.data(), plain);
      rest_.remove_prefix(plain);
      if (rest_.empty() || static_cast<unsigned char>(rest_[0]) < 0x20) return false;
      const bool is_end = rest_[0] == '"';
      rest_.remove_prefix(1);
      if (is_end) return true;
      if (!ReadEscape(out)) return false;
    }
  }

  // How many bytes there are before the next quote, backslash or control character.
  size_t PlainLength() const {
    const auto special = [](char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; };
    return static_cast<size_t>(std::find_if(rest_.begin(), rest_.end(), special) - rest_.begin());
  }

  bool ReadEscape(std::string& out) {
    constexpr absl::string_view kLetters = "\"\\/bfnrt";
    constexpr absl::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (rest_.empty()) return false;
    const char letter = rest_[0];
    rest_.remove_prefix(1);
    if (letter == 'u') return ReadUnicode(out);
    const size_t index = kLetters.find(letter);
    if (index == absl::string_view::npos) return false;
    out.push_back(kMeanings[index]);
    return true;
  }

  bool ReadUnicode(std::string& out) {
    std::optional<uint32_t> code = ReadHex();
    if (!code || IsLowSurrogate(*code)) return false;
    if (IsHighSurrogate(*code)) {
      if (!absl::StartsWith(rest_, "\\u")) return false;
      rest_.remove_prefix(2);
      const std::optional<uint32_t> low = ReadHex();
      if (!low || !IsLowSurrogate(*low)) return false;
      code = 0x10000 + ((*code - 0xd800) << 10) + (*low - 0xdc00);
    }
    AppendUtf8(*code, out);
    return true;
  }

  std::optional<uint32_t> ReadHex() {
    if (rest_.size() < 4) return std::nullopt;
    uint32_t code = 0;
    for (const char c : rest_.substr(0, 4)) {
      if (!absl::ascii_isxdigit(static_cast<unsigned char>(c))) return std::nullopt;
      code = code << 4 | static_cast<uint32_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    rest_.remove_prefix(4);
    return code;
  }

  absl::string_view rest_;
  size_t size_;
};

}  // namespace

absl::StatusOr<FlatObject> ParseFlatObject(absl::string_view text) { return FlatReader(text).Read(); }

}  // namespace webex_gateway::sandbox
