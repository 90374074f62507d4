// Two JSON readers: a fast one for orders, which are flat objects of strings, and protobuf's for the control endpoint,
// where values may be nested and speed does not matter.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/struct.pb.h"

namespace webex_gateway::sandbox {

// The members of an object in their order.
using FlatObject = std::vector<std::pair<std::string, std::string>>;

// Reads an object whose values are strings or null; a null member counts as not given. Anything else, including a
// duplicate name and trailing text, is an error that states what and where. Bytes above 0x7f are not checked.
absl::StatusOr<FlatObject> ParseFlatObject(absl::string_view text);

// Any JSON.
absl::StatusOr<google::protobuf::Value> ParseJson(const std::string& text);

// Appends `text` as a JSON string, including quotes.
void AppendJsonString(absl::string_view text, std::string& out);

// Appends `,` unless `out` ends in an opening bracket, and then `"name":`.
void AppendJsonName(absl::string_view name, std::string& out);

// Appends a member whose value is a string.
void AppendJsonMember(absl::string_view name, absl::string_view value, std::string& out);

// Reads members of an object by name. Keeps the first fault; a faulty member leaves its target unchanged.
class ObjectReader {
 public:
  explicit ObjectReader(const google::protobuf::Struct& object) : object_(object) {}

  // Whether the member exists.
  bool Has(const std::string& name) const;
  // Each sets its target if the member exists and is valid, and marks the name as known.
  void Text(const std::string& name, std::string& target);
  void Number(const std::string& name, double least, double most, double& target);
  void Integer(const std::string& name, int64_t least, int64_t most, int64_t& target);
  void Bool(const std::string& name, bool& target);
  // The member's value of any type; null pointer if it does not exist.
  const google::protobuf::Value* Any(const std::string& name);

  void Fail(const std::string& name, absl::string_view fault);
  // OK, or the first fault. An unknown member is a fault.
  absl::Status Finish() const;

 private:
  const google::protobuf::Struct& object_;
  std::vector<std::string> known_;
  absl::Status fault_;
};

}  // namespace webex_gateway::sandbox
