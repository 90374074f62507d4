#include "server/webex/state_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "server/webex/access_token.h"

namespace webex_gateway {
namespace {

class StateFileTest : public testing::Test {
 protected:
  StateFileTest() {
    std::string directory = testing::TempDir() + "state_file_XXXXXX";
    directory_ = mkdtemp(directory.data());
    path_ = directory_ + "/state";
  }
  ~StateFileTest() override { std::filesystem::remove_all(directory_); }

  mode_t ModeOf(const std::string& path) const {
    struct stat status{};
    EXPECT_EQ(stat(path.c_str(), &status), 0);
    return status.st_mode & 07777;
  }

  std::vector<std::string> FilesThere() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory_)) names.push_back(entry.path().filename());
    return names;
  }

  std::string directory_;
  std::string path_;
};

TEST_F(StateFileTest, IsMadeForItsOwnerAlone) {
  const mode_t before = umask(0);
  EXPECT_EQ(ReplaceFile(path_, "one"), absl::OkStatus());
  umask(before);
  EXPECT_EQ(*ReadSmallFile(path_), "one");
  EXPECT_EQ(ModeOf(path_), mode_t{0600});
}

TEST_F(StateFileTest, IsReplacedAsAWholeWhateverItWas) {
  std::ofstream(path_) << "longer than what follows";
  chmod(path_.c_str(), 0644);
  EXPECT_EQ(ReplaceFile(path_, "two"), absl::OkStatus());
  EXPECT_EQ(*ReadSmallFile(path_), "two");
  EXPECT_EQ(ModeOf(path_), mode_t{0600});
  EXPECT_THAT(FilesThere(), testing::ElementsAre("state"));
}

TEST_F(StateFileTest, KeepsItsOldContentForReadersUntilTheNewIsThere) {
  std::ofstream(path_) << "old";
  std::ifstream reader(path_);
  EXPECT_EQ(ReplaceFile(path_, "new"), absl::OkStatus());
  std::string seen;
  reader >> seen;
  EXPECT_EQ(seen, "old");  // another file, not the same one written over
}

TEST_F(StateFileTest, FollowsNoLinkThatLiesInItsWay) {
  std::ofstream(directory_ + "/victim") << "untouched";
  std::filesystem::create_symlink(directory_ + "/victim", path_ + ".new");
  EXPECT_EQ(ReplaceFile(path_, "new"), absl::OkStatus());
  EXPECT_EQ(*ReadSmallFile(directory_ + "/victim"), "untouched");
  EXPECT_EQ(*ReadSmallFile(path_), "new");
}

TEST_F(StateFileTest, SaysWhatFailsAndLeavesNothingBehind) {
  std::filesystem::create_directory(path_);  // cannot be renamed over
  const absl::Status status = ReplaceFile(path_, "s3cret");
  EXPECT_THAT(std::string(status.message()), testing::StartsWith("cannot replace " + path_));
  EXPECT_THAT(FilesThere(), testing::ElementsAre("state"));
  EXPECT_EQ(ReplaceFile(directory_ + "/none/state", "x").code(), absl::StatusCode::kNotFound);
}

TEST_F(StateFileTest, IsCheckedBeforeItIsNeeded) {
  EXPECT_EQ(CheckReplaceable(path_), absl::OkStatus());
  EXPECT_THAT(FilesThere(), testing::IsEmpty());
  EXPECT_EQ(CheckReplaceable(directory_ + "/none/state").code(), absl::StatusCode::kNotFound);
  EXPECT_NE(CheckReplaceable("/proc/state"), absl::OkStatus());  // as a read-only root file system
}

TEST_F(StateFileTest, IsSavedWhileTheLoopGoesOn) {
  Loop loop;
  const auto work = boost::asio::make_work_guard(loop);
  StateFile file(loop, path_);
  std::vector<absl::StatusCode> ended;
  file.Save("one", [&](const absl::Status& status) { ended.push_back(status.code()); });
  EXPECT_THAT(ended, testing::IsEmpty());  // later, on the loop
  while (ended.empty()) loop.run_one();
  EXPECT_THAT(ended, testing::ElementsAre(absl::StatusCode::kOk));
  EXPECT_EQ(*ReadSmallFile(path_), "one");
}

TEST_F(StateFileTest, IsWrittenOnceAtATimeAndToItsEnd) {
  Loop loop;
  const auto work = boost::asio::make_work_guard(loop);
  std::vector<absl::StatusCode> ended;
  {
    StateFile file(loop, path_);
    for (const char* content : {"one", "two", "three"}) {
      file.Save(content, [&](const absl::Status& status) { ended.push_back(status.code()); });
    }
  }  // waits
  EXPECT_TRUE(std::filesystem::is_regular_file(path_));
  while (ended.size() < 3) loop.run_one();
  EXPECT_THAT(ended, testing::Contains(absl::StatusCode::kOk));
  for (const absl::StatusCode code : ended) {
    EXPECT_TRUE(code == absl::StatusCode::kOk || code == absl::StatusCode::kUnavailable) << code;
  }
  EXPECT_THAT(FilesThere(), testing::ElementsAre("state"));
}

}  // namespace
}  // namespace webex_gateway
