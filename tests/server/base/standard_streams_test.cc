#include "server/base/standard_streams.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace webex_gateway {
namespace {

TEST(HoldStandardStreams, KeepsTheNumbersOfClosedOnesFromOthersAndThemFromWorking) {
  int kept[3];
  for (int i = 0; i < 3; ++i) kept[i] = dup(i);
  for (int i = 0; i < 3; ++i) close(i);
  HoldStandardStreams();
  const int next = dup(kept[0]);
  char byte = 0;
  const ssize_t got = read(STDIN_FILENO, &byte, 1);
  const ssize_t put = write(STDOUT_FILENO, &byte, 1) + write(STDERR_FILENO, &byte, 1);
  for (int i = 0; i < 3; ++i) dup2(kept[i], i);
  for (const int each : kept) close(each);
  close(next);
  EXPECT_GT(next, STDERR_FILENO);
  EXPECT_EQ(got, -1);
  EXPECT_EQ(put, -2);
}

TEST(HoldStandardStreams, LeavesOpenOnesAsTheyAre) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const int kept = dup(STDIN_FILENO);
  dup2(ends[0], STDIN_FILENO);
  HoldStandardStreams();
  EXPECT_EQ(write(ends[1], "x", 1), 1);
  char byte = 0;
  EXPECT_EQ(read(STDIN_FILENO, &byte, 1), 1);
  dup2(kept, STDIN_FILENO);
  for (const int each : {kept, ends[0], ends[1]}) close(each);
}

}  // namespace
}  // namespace webex_gateway
