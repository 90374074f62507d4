// Ctrl-C (SIGINT) and SIGTERM, for a command that ends in its own time, or has something to say before it does not.
#pragma once

#include <string>

namespace webex_gateway::client {

// As long as one lives, the first of these signals is noted, and the second ends the process at once, with 128 + its
// number. There is one at a time.
class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  bool noted() const;
};

// As long as one lives, the first of these signals writes `text` to standard error and then ends the process, as it
// would have without. A signal that the process was started to ignore stays ignored. There is one at a time.
class LastWords {
 public:
  explicit LastWords(std::string text);
  ~LastWords();
  LastWords(const LastWords&) = delete;
  LastWords& operator=(const LastWords&) = delete;
};

}  // namespace webex_gateway::client
