// Ctrl-C (SIGINT) and SIGTERM, for a command that first finishes its work, or prints something before it ends.
#pragma once

#include <string>

namespace webex_gateway::client {

// While an object exists, the first of these signals is noted, and the second ends the process at once, with 128 + its
// number. At most one may exist at a time.
class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  bool noted() const;
};

// While an object exists, the first of these signals writes `text` to standard error and then ends the process, as it
// would have without it. A signal that was ignored when the process started stays ignored. At most one may exist at a
// time.
class LastWords {
 public:
  explicit LastWords(std::string text);
  ~LastWords();
  LastWords(const LastWords&) = delete;
  LastWords& operator=(const LastWords&) = delete;
};

}  // namespace webex_gateway::client
