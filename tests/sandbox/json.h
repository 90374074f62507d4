// Just enough JSON. Two readers: a quick one for what every order carries, a flat object of strings, and protobuf's for
// the control endpoint, where anything may be nested and speed is nothing.
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

// The members of an object in the order in which they stand.
using FlatObject = std::vector<std::pair<std::string, std::string>>;

// Reads an object whose values are strings or null; a null member counts as not given. Anything else, a name given
// twice and trailing text too, is an error that says what and where. Bytes above 0x7f pass unchecked.
absl::StatusOr<FlatObject> ParseFlatObject(absl::string_view text);

// Any JSON.
absl::StatusOr<google::protobuf::Value> ParseJson(const std::string& text);

// Appends `text` as a JSON string, quotes included.
void AppendJsonString(absl::string_view text, std::string& out);

// Appends `,` unless `out` ends in an opening bracket, and then `"name":`.
void AppendJsonName(absl::string_view name, std::string& out);

// Appends a member whose value is a string.
void AppendJsonMember(absl::string_view name, absl::string_view value, std::string& out);

// Reads members of an object by name. The first that is wrong is kept as the fault; what was given is left as it was.
class ObjectReader {
 public:
  explicit ObjectReader(const google::protobuf::Struct& object) : object_(object) {}

  // Whether the member is there.
  bool Has(const std::string& name) const;
  // Each sets its target if the member is there and right, and knows the name from then on.
  void Text(const std::string& name, std::string& target);
  void Number(const std::string& name, double least, double most, double& target);
  void Integer(const std::string& name, int64_t least, int64_t most, int64_t& target);
  void Bool(const std::string& name, bool& target);
  // The member's value, whatever it is; null pointer if it is not there.
  const google::protobuf::Value* Any(const std::string& name);

  void Fail(const std::string& name, absl::string_view fault);
  // OK, or the first fault. A member that nobody has asked for is one.
  absl::Status Finish() const;

 private:
  const google::protobuf::Struct& object_;
  std::vector<std::string> known_;
  absl::Status fault_;
};

}  // namespace webex_gateway::sandbox
