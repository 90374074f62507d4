#include "server/webex/error_body.h"

#include <algorithm>
#include <deque>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "server/webex/json_text.h"

namespace webex_gateway {
namespace {

using google::protobuf::Struct;
using google::protobuf::Value;

constexpr size_t kMaxPlainText = 200;

std::string TextOf(const Value& value) {
  if (value.kind_case() == Value::kStringValue) return std::string(absl::StripAsciiWhitespace(value.string_value()));
  if (value.kind_case() == Value::kNumberValue) return absl::StrFormat("%.15g", value.number_value());
  return "";
}

// Every non-empty text below one of `names`, the outermost first: the shapes differ in depth and letter case, never in
// these names.
std::vector<std::string> TextsUnder(const Value& root, std::initializer_list<absl::string_view> names) {
  std::vector<std::string> found;
  std::deque<const Value*> level = {&root};
  for (; !level.empty(); level.pop_front()) {
    const Value& value = *level.front();
    for (const Value& element : value.list_value().values()) level.push_back(&element);
    for (const auto& [key, member] : value.struct_value().fields()) {
      level.push_back(&member);
      const std::string& name = key;
      const bool wanted =
          std::any_of(names.begin(), names.end(), [&](auto n) { return absl::EqualsIgnoreCase(n, name); });
      if (std::string text = wanted ? TextOf(member) : ""; !text.empty()) found.push_back(std::move(text));
    }
  }
  return found;
}

std::string FirstUnder(const Value& root, std::initializer_list<absl::string_view> names) {
  const std::vector<std::string> found = TextsUnder(root, names);
  return found.empty() ? "" : found.front();
}

std::string MessageIn(const Value& root) {
  for (const absl::string_view name : {"description", "error_description", "message", "error"}) {
    const std::vector<std::string> found = TextsUnder(root, {name});
    if (!found.empty()) return absl::StrJoin(found, "; ");
  }
  return "";
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
  const bool json = !body.empty() && (body.front() == '{' || body.front() == '[') && IsShallowJson(body) &&
                    google::protobuf::util::JsonStringToMessage(std::string(body), &root).ok();
  if (!json) {
    if (IsPlainText(body)) out.message = std::string(body.substr(0, kMaxPlainText));
    return out;
  }
  out.message = MessageIn(root);
  out.code = FirstUnder(root, {"errorCode"});
  if (out.code.empty()) out.code = FirstUnder(root, {"code"});
  out.field = FirstUnder(root, {"fieldName"});
  out.tracking_id = FirstUnder(root, {"trackingId"});
  return out;
}

}  // namespace webex_gateway
