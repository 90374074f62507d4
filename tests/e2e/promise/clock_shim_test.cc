// What is preloaded into a gateway shifts what it reads from its clocks, and not for how long it waits.

#include <dlfcn.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string>

#include "tests/e2e/program.h"
#include "tests/e2e/promise/clocks.h"

namespace webex_gateway::promise {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kHour = 3600 * kSecond;

// The library, as a gateway has it.
class ClockShimTest : public testing::Test {
 protected:
  ClockShimTest() {
    std::string path = (std::filesystem::temp_directory_path() / "clocks-XXXXXX").string();
    const int file = mkstemp(path.data());
    EXPECT_EQ(ftruncate(file, sizeof(Clocks)), 0);
    void* const page = mmap(nullptr, sizeof(Clocks), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    clocks_ = static_cast<Clocks*>(page);
    setenv(kClocksVariable, path.c_str(), 1);
    setenv(kHostVariable, "host-1", 1);
    library_ = dlopen(BuiltFile("libclock_shim.so").c_str(), RTLD_NOW | RTLD_LOCAL);
    EXPECT_NE(library_, nullptr) << dlerror();
    std::filesystem::remove(path);
  }
  ~ClockShimTest() override {
    dlclose(library_);
    munmap(clocks_, sizeof(Clocks));
  }

  template <typename Function>
  Function* Its(const char* name) const {
    return reinterpret_cast<Function*>(dlsym(library_, name));
  }

  int64_t Now(clockid_t clock) const {
    timespec time{};
    EXPECT_EQ(Its<decltype(clock_gettime)>("clock_gettime")(clock, &time), 0);
    return time.tv_sec * kSecond + time.tv_nsec;
  }

  // How much the clock is ahead of the machine's, in whole hours.
  int64_t HoursAhead(clockid_t clock) const {
    timespec time{};
    clock_gettime(clock, &time);
    return (Now(clock) - time.tv_sec * kSecond - time.tv_nsec + kHour / 2) / kHour;
  }

  Clocks* clocks_ = nullptr;
  void* library_ = nullptr;
};

TEST_F(ClockShimTest, ShiftsEachClockByItsOwnOffset) {
  EXPECT_EQ(HoursAhead(CLOCK_REALTIME), 0);
  clocks_->realtime = 5 * kHour;
  clocks_->boottime = 3 * kHour;
  EXPECT_EQ(HoursAhead(CLOCK_REALTIME), 5);
  EXPECT_EQ(HoursAhead(CLOCK_BOOTTIME), 3);
  EXPECT_EQ(HoursAhead(CLOCK_MONOTONIC), 0);
}

TEST_F(ClockShimTest, WaitsUntilTheShiftedClockSaysSo) {
  // By the machine's clock this moment is hours away.
  clocks_->monotonic = 5 * kHour;
  pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  const int64_t until = Now(CLOCK_MONOTONIC) + kSecond / 20;
  const timespec time{until / kSecond, until % kSecond};
  pthread_mutex_lock(&mutex);
  const auto wait = Its<int(pthread_cond_t*, pthread_mutex_t*, clockid_t, const timespec*)>("pthread_cond_clockwait");
  EXPECT_EQ(wait(&condition, &mutex, CLOCK_MONOTONIC, &time), ETIMEDOUT);
  pthread_mutex_unlock(&mutex);
  EXPECT_GE(Now(CLOCK_MONOTONIC), until);
}

TEST_F(ClockShimTest, NamesTheHost) {
  char name[64];
  EXPECT_EQ(Its<int(char*, size_t)>("gethostname")(name, sizeof name), 0);
  EXPECT_STREQ(name, "host-1");
}

}  // namespace
}  // namespace webex_gateway::promise
