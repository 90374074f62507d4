#include "client/interrupts.h"

#include <signal.h>
#include <unistd.h>

#include <utility>

namespace webex_gateway::client {
namespace {

volatile sig_atomic_t noted_signal = 0;
struct sigaction earlier_int, earlier_term;

extern "C" void NoteSignal(int signal) {
  if (noted_signal != 0) _exit(128 + signal);
  noted_signal = signal;
}

std::string& Words() {
  static std::string words;
  return words;
}
// In a form that a signal handler may read.
const char* volatile words_begin = nullptr;
volatile size_t words_size = 0;

// SA_RESETHAND has restored the default action, which ends the process once this has returned.
extern "C" void WriteWordsAndEnd(int signal) {
  const ssize_t ignored = write(STDERR_FILENO, words_begin, words_size);
  (void)ignored;  // there is nowhere else to report it
  raise(signal);
}

void EndWithWords(int signal, struct sigaction& earlier) {
  sigaction(signal, nullptr, &earlier);
  if (earlier.sa_handler == SIG_IGN) return;
  struct sigaction action = {};
  action.sa_handler = WriteWordsAndEnd;
  action.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND);
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
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

LastWords::LastWords(std::string text) {
  Words() = std::move(text);
  words_begin = Words().data();
  words_size = Words().size();
  EndWithWords(SIGINT, earlier_int);
  EndWithWords(SIGTERM, earlier_term);
}

LastWords::~LastWords() {
  sigaction(SIGINT, &earlier_int, nullptr);
  sigaction(SIGTERM, &earlier_term, nullptr);
}

}  // namespace webex_gateway::client
