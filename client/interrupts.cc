#include "client/interrupts.h"

#include <signal.h>
#include <unistd.h>

namespace webex_gateway::client {
namespace {

volatile sig_atomic_t noted_signal = 0;
struct sigaction earlier_int, earlier_term;

extern "C" void NoteSignal(int signal) {
  if (noted_signal != 0) _exit(128 + signal);
  noted_signal = signal;
}

}  // namespace

Interrupts::Interrupts() {
  noted_signal = 0;
  struct sigaction action = {};
  action.sa_handler = NoteSignal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, &earlier_int);
  sigaction(SIGTERM, &action, &earlier_term);
}

Interrupts::~Interrupts() {
  sigaction(SIGINT, &earlier_int, nullptr);
  sigaction(SIGTERM, &earlier_term, nullptr);
}

bool Interrupts::noted() const { return noted_signal != 0; }

}  // namespace webex_gateway::client
