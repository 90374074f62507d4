// Ctrl-C (SIGINT) and SIGTERM, for a command that ends in its own time.
#pragma once

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

}  // namespace webex_gateway::client
