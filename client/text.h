// Text from outside: flags, and text from servers.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace webex_gateway::client {

// `text` on one line and safe for a terminal and its reader: line ends and tabs become spaces, other invisible
// characters (server/base/unseen.h) become escapes, as in JSON; if the text is not valid UTF-8, each byte beyond ASCII
// becomes '?'.
std::string Printable(absl::string_view text);

// A wait for people to read, never rounded down: "250 ms", "2.5 s", "38 s", "3 min 20 s", "2 h 5 min".
std::string ForPeople(absl::Duration wait);

// `text` as one word of a shell's command line, quoted if necessary.
std::string ShellWord(absl::string_view text);

}  // namespace webex_gateway::client
