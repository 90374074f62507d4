#include "server/webex/parse_json.h"

#include <utf8proc.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/base/byte_set.h"
#include "server/base/utf8.h"

namespace webex_gateway {
namespace {

using google::protobuf::NULL_VALUE;
using google::protobuf::Struct;
using google::protobuf::Value;

constexpr size_t kMaxBytes = 64 << 10;
constexpr size_t kMaxDepth = 32;
constexpr ByteSet kNotSpace([](unsigned char c) { return c != ' ' && c != '\t' && c != '\r' && c != '\n'; });
// What may not be in a text as it is.
constexpr ByteSet kNotPlain([](unsigned char c) { return c == '"' || c == '\\' || c < 0x20; });

// Reads by the grammar of RFC 8259, without recursion, so that depth only costs memory. Each function reads one element
// from the front of `rest_` and returns whether it was there.
class Reader {
 public:
  explicit Reader(absl::string_view json, const OnMember* on_member = nullptr) : rest_(json), on_member_(on_member) {}

  // Reads to the end. `root` is null if its members are passed to the callback.
  bool Read(Value* root) {
    if (!ReadValue(root)) return false;
    while (!open_.empty()) {
      if (!ReadNext()) return false;
    }
    SkipSpace();
    return rest_.empty();
  }

 private:
  // An array or object whose end has not been read yet.
  struct Level {
    Value* value;  // null: it is discarded
    bool is_object;
    bool begun = false;  // it has a member or element already
  };

  void SkipSpace() { rest_.remove_prefix(kNotSpace.FirstIn(rest_)); }

  bool Take(char c) {
    SkipSpace();
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // The next member or element of the innermost level, or its end.
  bool ReadNext() {
    Level& level = open_.back();
    if (Take(level.is_object ? '}' : ']')) {
      open_.pop_back();
      return true;
    }
    if (std::exchange(level.begun, true) && !Take(',')) return false;
    std::optional<absl::string_view> name;
    std::string unescaped;
    if (level.is_object && !(ReadText(name, unescaped) && Take(':'))) return false;
    if (on_member_ != nullptr && open_.size() == 1 && level.is_object) return ReadMember(name);
    return ReadValue(PlaceIn(level, name));
  }

  // A member of the outermost object, which is passed to the callback and not kept.
  bool ReadMember(std::optional<absl::string_view> name) {
    SkipSpace();
    std::optional<absl::string_view> text;
    std::string unescaped;
    const bool is_text = absl::StartsWith(rest_, "\"");
    if (!(is_text ? ReadText(text, unescaped) : ReadValue(nullptr))) return false;
    if (name) (*on_member_)(*name, text);
    return true;
  }

  static Value* PlaceIn(Level& level, std::optional<absl::string_view> name) {
    if (level.value == nullptr || (level.is_object && !name)) return nullptr;
    if (!level.is_object) return level.value->mutable_list_value()->add_values();
    return &(*level.value->mutable_struct_value()->mutable_fields())[std::string(*name)];
  }

  // `place` is null if the value is discarded.
  bool ReadValue(Value* place) {
    Value dropped;
    Value& value = place != nullptr ? *place : dropped;
    value.Clear();
    if (Take('{')) return Open(place, /*is_object=*/true);
    if (Take('[')) return Open(place, /*is_object=*/false);
    if (absl::StartsWith(rest_, "\"")) {
      std::optional<absl::string_view> text;
      std::string unescaped;
      if (!ReadText(text, unescaped)) return false;
      text ? value.set_string_value(std::string(*text)) : value.set_null_value(NULL_VALUE);
    } else if (absl::ConsumePrefix(&rest_, "true")) {
      value.set_bool_value(true);
    } else if (absl::ConsumePrefix(&rest_, "false")) {
      value.set_bool_value(false);
    } else if (absl::ConsumePrefix(&rest_, "null")) {
      value.set_null_value(NULL_VALUE);
    } else {
      return ReadNumber(value);
    }
    return true;
  }

  bool Open(Value* place, bool is_object) {
    if (place != nullptr && open_.size() >= kMaxDepth) place->set_null_value(NULL_VALUE);
    if (open_.size() >= kMaxDepth) place = nullptr;
    if (place != nullptr) is_object ? (void)place->mutable_struct_value() : (void)place->mutable_list_value();
    open_.push_back({place, is_object});
    return true;
  }

  // Skips digits; returns how many there were.
  size_t TakeDigits() {
    const size_t digits = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    rest_.remove_prefix(digits);
    return digits;
  }

  bool ReadNumber(Value& value) {
    const absl::string_view from = rest_;
    absl::ConsumePrefix(&rest_, "-");
    const bool zero = absl::StartsWith(rest_, "0");
    const size_t whole = TakeDigits();
    if (whole == 0 || (zero && whole > 1)) return false;
    if (absl::ConsumePrefix(&rest_, ".") && TakeDigits() == 0) return false;
    if (absl::ConsumePrefix(&rest_, "e") || absl::ConsumePrefix(&rest_, "E")) {
      if (!absl::ConsumePrefix(&rest_, "+")) absl::ConsumePrefix(&rest_, "-");
      if (TakeDigits() == 0) return false;
    }
    const absl::string_view text = from.substr(0, from.size() - rest_.size());
    double number = 0;
    if (absl::SimpleAtod(text, &number) && std::isfinite(number)) {
      value.set_number_value(number);
    } else {
      value.set_string_value(std::string(text));
    }
    return true;
  }

  // `text` is nullopt if it is not valid Unicode; otherwise a view of the JSON or, if anything had to be replaced, of
  // `unescaped`, which must outlive it.
  bool ReadText(std::optional<absl::string_view>& text, std::string& unescaped) {
    if (!Take('"')) return false;
    absl::string_view content = TakePlain();
    if (!absl::ConsumePrefix(&rest_, "\"")) {
      unescaped = std::string(content);
      if (!Unescape(unescaped)) return false;
      content = unescaped;
    }
    text.reset();
    if (IsUtf8(content)) text = content;
    return true;
  }

  // Appends what follows to `text`, to its end. A control character, which is not allowed in it, becomes white space.
  bool Unescape(std::string& text) {
    while (!rest_.empty()) {
      const char c = rest_.front();
      if (c == '\\') {
        if (!ReadEscape(text)) return false;
      } else {
        rest_.remove_prefix(1);
        if (c == '"') return true;
        text.push_back(' ');
      }
      absl::StrAppend(&text, TakePlain());
    }
    return false;
  }

  // Unescaped characters.
  absl::string_view TakePlain() {
    const absl::string_view plain = rest_.substr(0, kNotPlain.FirstIn(rest_));
    rest_.remove_prefix(plain.size());
    return plain;
  }

  bool ReadEscape(std::string& text) {
    constexpr absl::string_view kEscapes = "\"\\/bfnrt";
    constexpr absl::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (rest_.size() < 2) return false;
    const size_t which = kEscapes.find(rest_[1]);
    if (which == absl::string_view::npos) return ReadUnicode(text);
    text.push_back(kMeanings[which]);
    rest_.remove_prefix(2);
    return true;
  }

  // \uXXXX, or two of them for one character. Half of a pair becomes a byte that is not valid UTF-8.
  bool ReadUnicode(std::string& text) {
    uint32_t unit = 0;
    if (!TakeUnit(unit)) return false;
    if (unit >= 0xd800 && unit < 0xdc00) {
      const absl::string_view behind_first = rest_;
      uint32_t second = 0;
      if (TakeUnit(second) && second >= 0xdc00 && second < 0xe000) {
        unit = 0x10000 + ((unit - 0xd800) << 10) + (second - 0xdc00);
      } else {
        rest_ = behind_first;
      }
    }
    const bool half = unit >= 0xd800 && unit < 0xe000;
    utf8proc_uint8_t bytes[4] = {0xff};
    const utf8proc_ssize_t size = half ? 1 : utf8proc_encode_char(static_cast<utf8proc_int32_t>(unit), bytes);
    text.append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
    return true;
  }

  bool TakeUnit(uint32_t& unit) {
    const absl::string_view digits = rest_.substr(std::min<size_t>(2, rest_.size()), 4);
    const bool whole =
        absl::StartsWith(rest_, "\\u") && digits.size() == 4 &&
        std::all_of(digits.begin(), digits.end(), [](unsigned char c) { return absl::ascii_isxdigit(c); });
    return whole && absl::SimpleHexAtoi(digits, &unit) && (rest_.remove_prefix(6), true);
  }

  absl::string_view rest_;
  const OnMember* const on_member_;
  std::vector<Level> open_;
};

}  // namespace

absl::string_view WithoutByteOrderMark(absl::string_view text) { return absl::StripPrefix(text, "\xef\xbb\xbf"); }

std::optional<Value> ParseJson(absl::string_view json) {
  Value root;
  if (json.size() > kMaxBytes || !Reader(WithoutByteOrderMark(json)).Read(&root)) return std::nullopt;
  return root;
}

bool ReadMembers(absl::string_view json, OnMember on_member) {
  json = WithoutByteOrderMark(json);
  const bool is_object = absl::StartsWith(absl::StripLeadingAsciiWhitespace(json), "{");
  return is_object && json.size() <= kMaxBytes && Reader(json, &on_member).Read(nullptr);
}

Struct ParseObject(absl::string_view json) {
  std::optional<Value> value = ParseJson(json);
  return value ? std::move(*value->mutable_struct_value()) : Struct();
}

}  // namespace webex_gateway
