#include "server/webex/error_body.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "google/protobuf/struct.pb.h"
#include "server/webex/parse_json.h"

namespace webex_gateway {
namespace {

using google::protobuf::Struct;
using google::protobuf::Value;

constexpr size_t kMaxPlainText = 200;
constexpr size_t kMaxMessage = 1000;

// On one line and without a final full stop, so that several can be joined. Empty if it is neither text nor a number.
std::string TextOf(const Value& value) {
  if (value.kind_case() == Value::kNumberValue) return absl::StrFormat("%.15g", value.number_value());
  // Unicode has additional line ends.
  std::string text =
      absl::StrReplaceAll(value.string_value(), {{"\xc2\x85", " "}, {"\xe2\x80\xa8", " "}, {"\xe2\x80\xa9", " "}});
  std::replace_if(text.begin(), text.end(), [](unsigned char c) { return absl::ascii_iscntrl(c); }, ' ');
  return std::string(absl::StripSuffix(absl::StripAsciiWhitespace(text), "."));
}

// The text of the member of that name, in any letter case, or the texts in its list.
std::vector<std::string> MemberTexts(const Struct& object, absl::string_view name) {
  std::vector<std::string> texts;
  for (const auto& [key, member] : object.fields()) {
    if (!absl::EqualsIgnoreCase(absl::string_view(key), name)) continue;
    texts.push_back(TextOf(member));
    for (const Value& element : member.list_value().values()) texts.push_back(TextOf(element));
  }
  texts.erase(std::remove(texts.begin(), texts.end(), ""), texts.end());
  return texts;
}

std::string MemberText(const Struct& object, absl::string_view name) {
  for (const auto& [key, member] : object.fields()) {
    if (absl::EqualsIgnoreCase(absl::string_view(key), name)) return TextOf(member);
  }
  return "";
}

// Every object in `root`, the outermost first: the formats differ in depth and letter case, never in their members'
// names.
std::vector<const Struct*> ObjectsIn(const Value& root) {
  std::vector<const Struct*> objects;
  std::deque<const Value*> level = {&root};
  for (; !level.empty(); level.pop_front()) {
    const Value& value = *level.front();
    for (const Value& element : value.list_value().values()) level.push_back(&element);
    if (value.kind_case() != Value::kStructValue) continue;
    objects.push_back(&value.struct_value());
    for (const auto& [key, member] : value.struct_value().fields()) level.push_back(&member);
  }
  return objects;
}

std::string FirstOf(const std::vector<const Struct*>& objects, absl::string_view name) {
  for (const Struct* object : objects) {
    if (std::string text = MemberText(*object, name); !text.empty()) return text;
  }
  return "";
}

// Adds the texts of that name that are new.
void AddTexts(const std::vector<const Struct*>& objects, absl::string_view name, std::vector<std::string>& texts) {
  for (const Struct* object : objects) {
    for (std::string& text : MemberTexts(*object, name)) {
      const auto says_it = [&text](const std::string& other) { return absl::StrContains(other, text); };
      if (std::none_of(texts.begin(), texts.end(), says_it)) texts.push_back(std::move(text));
    }
  }
}

std::string MessageOf(const std::vector<const Struct*>& objects) {
  std::vector<std::string> texts;
  for (const absl::string_view name : {"description", "error_description", "errors", "message"}) {
    AddTexts(objects, name, texts);
  }
  for (const absl::string_view name : {"detail", "faultstring", "title", "error"}) {
    if (texts.empty()) AddTexts(objects, name, texts);
  }
  return std::string(Truncate(absl::StrJoin(texts, "; "), kMaxMessage));
}

std::vector<FieldViolation> ViolationsOf(const std::vector<const Struct*>& objects, const std::string& message) {
  std::vector<FieldViolation> violations;
  for (const Struct* object : objects) {
    std::string field = MemberText(*object, "fieldName");
    std::string description = MemberText(*object, "description");
    if (field.empty()) continue;
    if (description.empty()) description = message;
    violations.push_back({std::move(field), std::move(description)});
  }
  return violations;
}

bool IsPlainText(absl::string_view body) {
  return !body.empty() && body.front() != '<' && body.front() != '{' && body.front() != '[' &&
         std::all_of(body.begin(), body.end(), [](char c) { return absl::ascii_isprint(c) || absl::ascii_isspace(c); });
}

}  // namespace

WebexErrorBody ReadErrorBody(absl::string_view body) {
  body = absl::StripAsciiWhitespace(WithoutByteOrderMark(body));
  WebexErrorBody out;
  const std::optional<Value> root = ParseJson(body);
  const std::vector<const Struct*> objects = root ? ObjectsIn(*root) : std::vector<const Struct*>();
  if (objects.empty()) {
    if (IsPlainText(body)) out.message = std::string(body.substr(0, kMaxPlainText));
    return out;
  }
  out.message = MessageOf(objects);
  out.code = FirstOf(objects, "errorCode");
  if (out.code.empty()) out.code = FirstOf(objects, "code");
  out.violations = ViolationsOf(objects, out.message);
  out.tracking_id = FirstOf(objects, "trackingId");
  return out;
}

}  // namespace webex_gateway
