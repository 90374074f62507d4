#include "tests/sandbox/json.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/json_util.h"

namespace webex_gateway::sandbox {

using google::protobuf::Value;

absl::StatusOr<Value> ParseJson(const std::string& text) {
  Value value;
  const auto status = google::protobuf::util::JsonStringToMessage(text, &value);
  if (!status.ok()) return absl::InvalidArgumentError(absl::StrCat("not JSON: ", status.message().ToString()));
  return value;
}

void AppendJsonString(absl::string_view text, std::string& out) {
  out.push_back('"');
  size_t begin = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text.data() + begin, i - begin);
    begin = i + 1;
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else {
      absl::StrAppend(&out, "\\u", absl::Hex(c, absl::kZeroPad4));
    }
  }
  out.append(text.data() + begin, text.size() - begin);
  out.push_back('"');
}

void AppendJsonName(absl::string_view name, std::string& out) {
  if (!out.empty() && out.back() != '{' && out.back() != '[') out.push_back(',');
  AppendJsonString(name, out);
  out.push_back(':');
}

void AppendJsonMember(absl::string_view name, absl::string_view value, std::string& out) {
  AppendJsonName(name, out);
  AppendJsonString(value, out);
}

bool ObjectReader::Has(const std::string& name) const { return object_.fields().contains(name); }

const Value* ObjectReader::Any(const std::string& name) {
  known_.push_back(name);
  const auto found = object_.fields().find(name);
  return found == object_.fields().end() ? nullptr : &found->second;
}

void ObjectReader::Text(const std::string& name, std::string& target) {
  const Value* value = Any(name);
  if (value == nullptr) return;
  if (value->kind_case() != Value::kStringValue) return Fail(name, "must be a string");
  target = value->string_value();
}

void ObjectReader::Number(const std::string& name, double least, double most, double& target) {
  const Value* value = Any(name);
  if (value == nullptr) return;
  const double number = value->number_value();
  if (value->kind_case() != Value::kNumberValue || !(number >= least && number <= most)) {
    return Fail(name, absl::StrCat("must be a number from ", least, " to ", most));
  }
  target = number;
}

void ObjectReader::Integer(const std::string& name, int64_t least, int64_t most, int64_t& target) {
  double number = static_cast<double>(target);
  Number(name, static_cast<double>(least), static_cast<double>(most), number);
  if (std::trunc(number) != number) return Fail(name, "must be a whole number");
  target = static_cast<int64_t>(number);
}

void ObjectReader::Bool(const std::string& name, bool& target) {
  const Value* value = Any(name);
  if (value == nullptr) return;
  if (value->kind_case() != Value::kBoolValue) return Fail(name, "must be true or false");
  target = value->bool_value();
}

void ObjectReader::Fail(const std::string& name, absl::string_view fault) {
  if (fault_.ok()) fault_ = absl::InvalidArgumentError(absl::StrCat("'", name, "' ", fault));
}

absl::Status ObjectReader::Finish() const {
  if (!fault_.ok()) return fault_;
  for (const auto& [name, value] : object_.fields()) {
    if (std::find(known_.begin(), known_.end(), name) == known_.end()) {
      return absl::InvalidArgumentError(absl::StrCat("'", name, "' is unknown"));
    }
  }
  return absl::OkStatus();
}

}  // namespace webex_gateway::sandbox
