#include "server/base/private_memory.h"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace webex_gateway {

void KeepMemoryPrivate() {
  prctl(PR_SET_DUMPABLE, 0);
  // In addition; if a system call filter forbids it (the systemd unit's does), the first call alone must do.
  const rlimit none{.rlim_cur = 0, .rlim_max = 0};
  setrlimit(RLIMIT_CORE, &none);
}

}  // namespace webex_gateway
