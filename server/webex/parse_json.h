// JSON from outside, as servers really write it. A reader of our own: those at hand (protobuf's, RapidJSON) refuse the
// whole for what is odd in one place, or take time beyond all bounds for what is deep.
#pragma once

#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/struct.pb.h"

namespace webex_gateway {

// `text` without the mark that some servers put before it.
absl::string_view WithoutByteOrderMark(absl::string_view text);

// What `json` holds; nothing where it is no JSON, or longer (64 KiB) than any answer has reason to be. A byte order
// mark is passed over. What is odd hides nothing beside it:
//   a number that no double holds is the text of its digits;
//   a text that is no Unicode is null, and a member whose name is none is left out;
//   what nests deeper than 32 is null;
//   of members of one name the last counts.
std::optional<google::protobuf::Value> ParseJson(absl::string_view json);

// Of a member of an object: its name, and its text where it is one.
using OnMember = absl::FunctionRef<void(absl::string_view name, std::optional<std::string> text)>;

// Calls `on_member` with each member of the object in `json`, as ParseJson reads them, in their order. False: there is
// no such object, though members of it may have been told.
bool ReadMembers(absl::string_view json, OnMember on_member);

// The members of the object in `json`; none where it is none.
google::protobuf::Struct ParseObject(absl::string_view json);

}  // namespace webex_gateway
