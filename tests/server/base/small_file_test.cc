#include "server/base/small_file.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <string>

#include "absl/strings/match.h"

namespace webex_gateway {
namespace {

class ReadSmallFileTest : public testing::Test {
 protected:
  ~ReadSmallFileTest() override { std::remove(path_.c_str()); }

  void Write(const std::string& content) const {
    std::ofstream file(path_, std::ios::binary);
    file << content;
    file.close();
    ASSERT_TRUE(file.good());
  }

  const std::string path_ =
      testing::TempDir() + "read_small_file_" + testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(ReadSmallFileTest, ReadsTheWholeOfIt) {
  for (const size_t size : {size_t{0}, size_t{5}, size_t{65536}}) {
    Write(std::string(size, 'x'));
    EXPECT_EQ(*ReadSmallFile(path_), std::string(size, 'x'));
  }
}

TEST_F(ReadSmallFileTest, RefusesMoreThan64KiB) {
  Write(std::string(65537, 'x'));
  EXPECT_EQ(ReadSmallFile(path_).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ReadSmallFileTest, RefusesMoreThanItsCallerTakes) {
  Write("12345");
  EXPECT_TRUE(ReadSmallFile(path_, 5).ok());
  EXPECT_EQ(ReadSmallFile(path_, 4).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ReadSmallFileTest, NamesTheFileThatItCannotRead) {
  const absl::Status missing = ReadSmallFile(path_ + "_missing").status();
  EXPECT_EQ(missing.code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(absl::StrContains(missing.message(), path_ + "_missing"));
  EXPECT_FALSE(ReadSmallFile(testing::TempDir()).ok());
}

}  // namespace
}  // namespace webex_gateway
