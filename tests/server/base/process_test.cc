#include "server/base/process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"

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

class MemoryLimitTest : public testing::Test {
 protected:
  MemoryLimitTest() { std::filesystem::create_directories(root_ / "a/b"); }
  ~MemoryLimitTest() override { std::filesystem::remove_all(root_); }
  void Write(const std::string& file, const std::string& text) { std::ofstream(root_ / file) << text; }
  std::optional<int64_t> Limit(const std::string& own) {
    Write("own", own);
    return MemoryLimit(root_ / "own", root_);
  }

  const std::filesystem::path root_ =
      std::filesystem::path(testing::TempDir()) / absl::StrCat("memory_limit_", getpid());
};

TEST_F(MemoryLimitTest, IsTheLeastOnTheWayUp) {
  Write("a/b/memory.max", "max\n");
  Write("a/memory.max", "1000\n");
  Write("memory.max", "2000\n");
  EXPECT_EQ(Limit("0::/a/b\n"), 1000);
  Write("a/b/memory.max", "500\n");
  EXPECT_EQ(Limit("5:cpu:/x\n0::/a/b\n"), 500);
  EXPECT_EQ(Limit("0::/\n"), 2000) << "as a container sees itself";
}

TEST_F(MemoryLimitTest, IsNoneWhereNothingLimits) {
  EXPECT_EQ(Limit("0::/a/b\n"), std::nullopt);
  Write("a/b/memory.max", "max\n");
  EXPECT_EQ(Limit("0::/a/b\n"), std::nullopt);
  EXPECT_EQ(Limit("4:memory:/a/b\n"), std::nullopt);
  EXPECT_EQ(Limit(""), std::nullopt);
}

}  // namespace
}  // namespace webex_gateway
