// Text that comes from outside: flags, and what servers say.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace webex_gateway::client {

// `text` on one line and safe for a terminal and its reader: line ends and tabs become spaces, what else nobody sees
// (server/base/unseen.h) an escape, as in JSON; where the whole is not UTF-8, each byte beyond ASCII becomes '?'.
std::string Printable(absl::string_view text);

// A wait as people say it, not shorter than it is: "250 ms", "2.5 s", "38 s", "3 min 20 s", "2 h 5 min".
std::string ForPeople(absl::Duration wait);

// `text` as one word of a shell's command line, in quotes where it needs them.
std::string ShellWord(absl::string_view text);

}  // namespace webex_gateway::client
