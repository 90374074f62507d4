// The three kinds of order, and webexctl's words for them.
#pragma once

#include "absl/strings/string_view.h"

namespace webex_gateway::client {

struct OrderKind {
  absl::string_view method;   // the RPC, as Operation.method names it
  absl::string_view command;  // of webexctl
  absl::string_view noun;     // "the update"
  absl::string_view a_noun;   // "an update"
  absl::string_view done;     // "nothing was changed"
  absl::string_view success;  // shown to a person if the answer does not show it; may be empty
  absl::string_view missing;  // how to give one, if none was given
  absl::string_view again;    // the question whether to send it once more
  // It may be sent again without harm. So if it is UNKNOWN, nobody needs to look: it is repeated under its request id.
  bool may_be_repeated;
};

extern const OrderKind kProvision;
extern const OrderKind kUpdate;
extern const OrderKind kRemoval;

// Whether this error reason means that Webex knows no such workspace, so that nothing is left to update or remove.
bool IsGone(absl::string_view reason);

// The kind with this RPC; kProvision for any other text, since an older gateway names none and has no other.
const OrderKind& OrderKindOf(absl::string_view method);

}  // namespace webex_gateway::client
