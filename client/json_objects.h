// The objects of JSON Lines or of a JSON array, one by one, each with its line. What is in them is for a JSON parser.
#pragma once

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace webex_gateway::client {

struct JsonObject {
  size_t line = 0;  // where it begins; the first is 1
  absl::string_view text{};
  std::string fault{};  // why there is no object here, in words for the user
};

// An object may take several lines, also where no array is round it.
class JsonObjects {
 public:
  // `text` must outlive the reader and what it gives.
  explicit JsonObjects(absl::string_view text);

  // The next object or fault; false at the end. In an array a fault is the last: where the next object begins is not
  // known. Elsewhere it goes on with the next line.
  bool Next(JsonObject& object);

 private:
  bool Fault(JsonObject& object, const char* fault);
  bool NextInArray(JsonObject& object);
  bool TakeObject(JsonObject& object);
  void SkipSpace();
  // Takes so many bytes and counts their line ends.
  absl::string_view Take(size_t size);

  absl::string_view rest_;
  size_t line_ = 1;
  bool in_array_ = false;
  bool is_first_ = true;
};

}  // namespace webex_gateway::client
