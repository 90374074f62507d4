#include "server/http/cpprest/send_guard.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <ctime>
#include <system_error>

namespace webex_gateway {
namespace {

constexpr int kNone = -1;
std::atomic<int> guarded = kNone;
timer_t timer;

// Unlike shutdown(), this also drops what the kernel holds back.
void Disconnect(int /*signal*/) {
  const int error = errno;
  sockaddr nowhere{};
  nowhere.sa_family = AF_UNSPEC;
  if (const int socket = guarded; socket != kNone) connect(socket, &nowhere, sizeof nowhere);
  errno = error;
}

}  // namespace

void PrepareSendGuard() {
  struct sigaction action{};
  action.sa_handler = Disconnect;
  action.sa_flags = SA_RESTART;
  sigevent event{};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = SIGRTMIN;
  event._sigev_un._tid = gettid();
  if (sigaction(SIGRTMIN, &action, nullptr) != 0 || timer_create(CLOCK_BOOTTIME, &event, &timer) != 0) {
    throw std::system_error(errno, std::generic_category(), "no timer of the kernel's to guard orders with");
  }
}

// The timer may be due for an earlier socket until it is set anew.
void GuardSend(int socket, BootClock::time_point until) {
  // Zero would stop the timer.
  const auto time = std::max(until.time_since_epoch(), BootClock::duration(1));
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  itimerspec at{};
  at.it_value = {seconds.count(), (time - seconds).count()};
  timer_settime(timer, TIMER_ABSTIME, &at, nullptr);
  guarded = socket;
}

void EndGuard() { guarded = kNone; }

}  // namespace webex_gateway
