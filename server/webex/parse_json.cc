#include "server/webex/parse_json.h"

#include <string>

namespace webex_gateway {
namespace {

constexpr size_t kMaxBytes = 64 << 10;

// Passes over text, and says nothing else of the syntax.
bool IsShallow(absl::string_view json) {
  constexpr int kMaxDepth = 32;
  int depth = 0;
  bool in_text = false;
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_text) {
      if (c == '\\') ++i;
      if (c == '"') in_text = false;
    } else if (c == '"') {
      in_text = true;
    } else if (c == '\'') {
      return false;
    } else if (c == '[' || c == '{') {
      if (++depth > kMaxDepth) return false;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return true;
}

}  // namespace

bool ParseJson(absl::string_view json, google::protobuf::Message& message,
               const google::protobuf::util::JsonParseOptions& options) {
  return json.size() <= kMaxBytes && IsShallow(json) &&
         google::protobuf::util::JsonStringToMessage(std::string(json), &message, options).ok();
}

}  // namespace webex_gateway
