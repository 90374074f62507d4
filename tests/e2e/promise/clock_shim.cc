// Preloaded (LD_PRELOAD) into a gateway under test: simulates its own host (clocks.h). Its clocks are shifted by the
// page's offsets. Wake-up times are shifted back, since the kernel does not know the offsets.
//
// This can simulate a suspended host: SIGSTOP, then set the monotonic clock back by the time stopped, while the
// boot-time clock continues.

#include <dlfcn.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "tests/e2e/promise/clocks.h"

namespace {

using webex_gateway::promise::Clocks;

constexpr int64_t kSecond = 1'000'000'000;

const Clocks* clocks = nullptr;

__attribute__((constructor)) void Attach() {
  const char* const path = getenv(webex_gateway::promise::kClocksVariable);
  if (path == nullptr) return;
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  void* const page = mmap(nullptr, sizeof(Clocks), PROT_READ, MAP_SHARED, file, 0);
  close(file);
  if (page == MAP_FAILED) abort();
  clocks = static_cast<const Clocks*>(page);
}

int64_t OffsetOf(clockid_t clock) {
  if (clocks == nullptr) return 0;
  switch (clock) {
    case CLOCK_REALTIME:
    case CLOCK_REALTIME_COARSE:
      return clocks->realtime;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_MONOTONIC_RAW:
      return clocks->monotonic;
    case CLOCK_BOOTTIME:
      return clocks->boottime;
    default:
      return 0;
  }
}

timespec Shifted(const timespec& time, int64_t by) {
  const int64_t all = time.tv_sec * kSecond + time.tv_nsec + by;
  if (all < 0) return {0, 0};
  return {all / kSecond, all % kSecond};
}

template <typename Function>
Function* Next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

// The C library's parameter names are reserved, and its futexes are numbers.
// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name, performance-no-int-to-ptr)
extern "C" {

int clock_gettime(clockid_t clock, timespec* time) noexcept {
  static auto* const next = Next<decltype(clock_gettime)>("clock_gettime");
  const int result = next(clock, time);
  if (result == 0) *time = Shifted(*time, OffsetOf(clock));
  return result;
}

int pthread_cond_timedwait(pthread_cond_t* condition, pthread_mutex_t* mutex, const timespec* until) {
  static auto* const next = Next<decltype(pthread_cond_timedwait)>("pthread_cond_timedwait");
  const timespec real = Shifted(*until, -OffsetOf(CLOCK_REALTIME));
  return next(condition, mutex, &real);
}

int pthread_cond_clockwait(pthread_cond_t* condition, pthread_mutex_t* mutex, clockid_t clock, const timespec* until) {
  static auto* const next = Next<decltype(pthread_cond_clockwait)>("pthread_cond_clockwait");
  const timespec real = Shifted(*until, -OffsetOf(clock));
  return next(condition, mutex, clock, &real);
}

int gethostname(char* name, size_t size) noexcept {
  static auto* const next = Next<decltype(gethostname)>("gethostname");
  const char* const given = getenv(webex_gateway::promise::kHostVariable);
  if (given == nullptr) return next(name, size);
  strncpy(name, given, size);
  return 0;
}

// Used by Abseil's locks and std::future.
long syscall(long number, ...) noexcept {
  static auto* const next = Next<decltype(syscall)>("syscall");
  va_list list;
  va_start(list, number);
  long arguments[6];
  for (long& argument : arguments) argument = va_arg(list, long);
  va_end(list);
  timespec real;
  if (number == SYS_futex && arguments[3] != 0 && (arguments[1] & FUTEX_CMD_MASK) == FUTEX_WAIT_BITSET) {
    const clockid_t clock = (arguments[1] & FUTEX_CLOCK_REALTIME) != 0 ? CLOCK_REALTIME : CLOCK_MONOTONIC;
    real = Shifted(*reinterpret_cast<const timespec*>(arguments[3]), -OffsetOf(clock));
    arguments[3] = reinterpret_cast<long>(&real);
  }
  return next(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
}

}  // extern "C"
// NOLINTEND(readability-inconsistent-declaration-parameter-name, performance-no-int-to-ptr)
