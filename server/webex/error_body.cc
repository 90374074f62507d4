#include "server/webex/error_body.h"

#include <algorithm>
#include <deque>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "google/protobuf/struct.pb.h"
#include "server/webex/parse_json.h"

namespace webex_gateway {
namespace {

using google::protobuf::Struct;
using google::protobuf::Value;

constexpr size_t kMaxPlainText = 200;

// A text or a number, on one line and without a full stop at its end, so that several can be joined.
std::string TextOf(const Value& value) {
  if (value.kind_case() == Value::kNumberValue) return absl::StrFormat("%.15g", value.number_value());
  std::string text = value.string_value();
  std::replace_if(text.begin(), text.end(), [](unsigned char c) { return absl::ascii_iscntrl(c); }, ' ');
  return std::string(absl::StripSuffix(absl::StripAsciiWhitespace(text), "."));
}

// The member of that name, in any letter case, if it has a text.
std::string MemberText(const Struct& object, absl::string_view name) {
  for (const auto& [key, member] : object.fields()) {
    if (absl::EqualsIgnoreCase(absl::string_view(key), name)) return TextOf(member);
  }
  return "";
}

// Every object in `root`, the outermost first: the shapes differ in depth and letter case, never in their members'
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

std::vector<std::string> TextsOf(const std::vector<const Struct*>& objects, absl::string_view name) {
  std::vector<std::string> texts;
  for (const Struct* object : objects) {
    if (std::string text = MemberText(*object, name); !text.empty()) texts.push_back(std::move(text));
  }
  return texts;
}

std::string FirstOf(const std::vector<const Struct*>& objects, absl::string_view name) {
  const std::vector<std::string> texts = TextsOf(objects, name);
  return texts.empty() ? "" : texts.front();
}

std::string MessageOf(const std::vector<const Struct*>& objects) {
  for (const absl::string_view name : {"description", "error_description", "message", "error"}) {
    const std::vector<std::string> texts = TextsOf(objects, name);
    if (!texts.empty()) return absl::StrJoin(texts, "; ");
  }
  return "";
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
  body = absl::StripAsciiWhitespace(body);
  WebexErrorBody out;
  Value root;
  const bool json = !body.empty() && (body.front() == '{' || body.front() == '[') && ParseJson(body, root);
  if (!json) {
    if (IsPlainText(body)) out.message = std::string(body.substr(0, kMaxPlainText));
    return out;
  }
  const std::vector<const Struct*> objects = ObjectsIn(root);
  out.message = MessageOf(objects);
  out.code = FirstOf(objects, "errorCode");
  if (out.code.empty()) out.code = FirstOf(objects, "code");
  out.violations = ViolationsOf(objects, out.message);
  out.tracking_id = FirstOf(objects, "trackingId");
  return out;
}

}  // namespace webex_gateway
