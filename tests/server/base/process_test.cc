#include "server/base/process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace webex_gateway {
namespace {

TEST(ProcessTest, CountsOpenFilesButNotItsOwn) {
  const int64_t before = ReadProcessUse().open_fds;
  const int file = open("/dev/null", O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(ReadProcessUse().open_fds, before + 1);
  close(file);
  EXPECT_EQ(ReadProcessUse().open_fds, before);
}

TEST(ProcessTest, KnowsItsMemoryItsTimeAndItsLimit) {
  const ProcessUse use = ReadProcessUse();
  EXPECT_GT(use.resident_bytes, 1 << 20);
  EXPECT_LT(use.resident_bytes, int64_t{8} << 30);
  EXPECT_GT(use.cpu, absl::ZeroDuration());
  EXPECT_GT(use.max_fds, use.open_fds);
}

}  // namespace
}  // namespace webex_gateway
