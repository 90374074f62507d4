// Reads JSON from outside, as servers really write it. Our own reader: the available ones (protobuf's, RapidJSON)
// refuse all of it for one odd value, or take unbounded time for deep nesting.
#pragma once

#include <optional>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/struct.pb.h"

namespace webex_gateway {

// `text` without the byte order mark that some servers put before it.
absl::string_view WithoutByteOrderMark(absl::string_view text);

// The content of `json`; nothing if it is not JSON, or longer (64 KiB) than any answer should be. A byte order mark is
// skipped. An odd value does not hide the others:
//   a number that does not fit a double becomes the text of its digits;
//   a text that is not valid Unicode becomes null, and a member with such a name is omitted;
//   values nested deeper than 32 become null;
//   of members with the same name, the last counts.
std::optional<google::protobuf::Value> ParseJson(absl::string_view json);

// A member of an object: its name, and its text if it is a text. Both are valid only within the call.
using OnMember = absl::FunctionRef<void(absl::string_view name, std::optional<absl::string_view> text)>;

// Calls `on_member` with each member of the object in `json`, as ParseJson reads them, in their order. False: there is
// no such object, although some members may have been passed.
bool ReadMembers(absl::string_view json, OnMember on_member);

// The members of the object in `json`; none if it is not an object.
google::protobuf::Struct ParseObject(absl::string_view json);

}  // namespace webex_gateway
