// Preloaded (LD_PRELOAD) into a gateway under test: its disk hangs while the file named by HANGS_WHILE exists. A
// program waits in the kernel then, where no signal but SIGKILL ends it; here the end of the process does.

#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>

namespace {

int Sync(long call, int file) {
  const char* const sign = getenv("HANGS_WHILE");
  while (sign != nullptr && access(sign, F_OK) == 0) usleep(10'000);
  return static_cast<int>(syscall(call, file));
}

}  // namespace

extern "C" int fsync(int file) { return Sync(SYS_fsync, file); }
extern "C" int fdatasync(int file) { return Sync(SYS_fdatasync, file); }
