#include "client/json_objects.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace webex_gateway::client {
namespace {

// The length of the object at the beginning of `text`, by its braces outside strings; npos if it does not end.
size_t SizeOfObject(absl::string_view text) {
  size_t depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (in_string) {
      if (text[i] == '\\')
        ++i;
      else if (text[i] == '"')
        in_string = false;
    } else if (text[i] == '"') {
      in_string = true;
    } else if (text[i] == '{' || text[i] == '[') {
      ++depth;
    } else if ((text[i] == '}' || text[i] == ']') && --depth == 0) {
      return i + 1;
    }
  }
  return absl::string_view::npos;
}

}  // namespace

JsonObjects::JsonObjects(absl::string_view text) : rest_(text) {
  SkipSpace();
  in_array_ = absl::StartsWith(rest_, "[");
  if (in_array_) Take(1);
}

bool JsonObjects::Next(JsonObject& object) {
  object = {};
  SkipSpace();
  object.line = line_;
  if (in_array_) return NextInArray(object);
  return !rest_.empty() && TakeObject(object);
}

bool JsonObjects::NextInArray(JsonObject& object) {
  if (absl::StartsWith(rest_, "]")) {
    Take(1);
    SkipSpace();
    in_array_ = false;
    if (rest_.empty()) return false;
    object.line = line_;
    return Fault(object, "text after the end of the array");
  }
  if (!is_first_) {
    if (!absl::StartsWith(rest_, ",")) return Fault(object, "no , or ] after an object of the array");
    Take(1);
    SkipSpace();
    object.line = line_;
  }
  is_first_ = false;
  return TakeObject(object);
}

bool JsonObjects::TakeObject(JsonObject& object) {
  if (!absl::StartsWith(rest_, "{")) return Fault(object, "not a JSON object, which an order must be");
  const size_t size = SizeOfObject(rest_);
  if (size == absl::string_view::npos) return Fault(object, "an object that does not end");
  object.text = Take(size);
  return true;
}

bool JsonObjects::Fault(JsonObject& object, const char* fault) {
  object.fault = fault;
  Take(in_array_ ? rest_.size() : std::min(rest_.size(), rest_.find('\n')));
  in_array_ = false;
  return true;
}

void JsonObjects::SkipSpace() {
  size_t size = 0;
  while (size < rest_.size() && absl::ascii_isspace(static_cast<unsigned char>(rest_[size]))) ++size;
  Take(size);
}

absl::string_view JsonObjects::Take(size_t size) {
  const absl::string_view taken = rest_.substr(0, size);
  line_ += static_cast<size_t>(std::count(taken.begin(), taken.end(), '\n'));
  rest_.remove_prefix(size);
  return taken;
}

}  // namespace webex_gateway::client
