// Splits JSON Lines or a JSON array into objects, each with its line. A JSON parser reads their content.
#pragma once

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace webex_gateway::client {

struct JsonObject {
  size_t line = 0;  // where the object begins; the first is 1
  absl::string_view text{};
  std::string fault{};  // why there is no object here, for the user
};

// An object may span several lines, even outside an array.
class JsonObjects {
 public:
  // `text` must outlive the reader and its objects.
  explicit JsonObjects(absl::string_view text);

  // Reads the next object or fault; false at the end. In an array a fault is the last: where the next object begins is
  // not known. Elsewhere reading continues with the next line.
  bool Next(JsonObject& object);

 private:
  bool Fault(JsonObject& object, const char* fault);
  bool NextInArray(JsonObject& object);
  bool TakeObject(JsonObject& object);
  void SkipSpace();
  // Consumes this many bytes and counts their line ends.
  absl::string_view Take(size_t size);

  absl::string_view rest_;
  size_t line_ = 1;
  bool in_array_ = false;
  bool is_first_ = true;
};

}  // namespace webex_gateway::client
