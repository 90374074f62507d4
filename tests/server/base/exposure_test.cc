#include "server/base/exposure.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"

namespace webex_gateway {
namespace {

const Process kProcess{.user = 10, .groups = {20, 21}};

std::string Of(FileKind kind, mode_t mode, uid_t user, gid_t group) {
  struct stat file{};
  file.st_mode = S_IFREG | mode;
  file.st_uid = user;
  file.st_gid = group;
  return ExposureOf(file, kind, kProcess);
}

std::string Data(mode_t mode, uid_t user = 10, gid_t group = 20) { return Of(FileKind::kData, mode, user, group); }
std::string Secret(mode_t mode, uid_t user = 10, gid_t group = 20) { return Of(FileKind::kSecret, mode, user, group); }

TEST(Exposure, IsNoneWhereOnlyTheProcessAndRootMay) {
  for (const mode_t mode : {0600U, 0660U, 0640U}) {
    for (const uid_t user : {10U, 0U}) {
      for (const gid_t group : {20U, 21U, 0U}) {
        EXPECT_EQ(Data(mode, user, group), "") << mode << " " << user << " " << group;
        EXPECT_EQ(Secret(mode, user, group), "") << mode << " " << user << " " << group;
      }
    }
  }
  EXPECT_EQ(Data(0644), "");
  EXPECT_EQ(Data(0644, 10, 99), "");
}

TEST(Exposure, IsThatOthersMayWrite) {
  EXPECT_EQ(Data(0602), "others may write it (mode 0602)");
  EXPECT_EQ(Data(0666), "others may write it (mode 0666)");
  EXPECT_EQ(Data(0620, 10, 99), "others may write it (mode 0620)");
  EXPECT_EQ(Data(0600, 99), "others may write it (mode 0600)");
  EXPECT_EQ(Secret(0602), "others may write it (mode 0602)");
}

TEST(Exposure, IsOfASecretThatOthersMayRead) {
  EXPECT_EQ(Secret(0604), "others may read it (mode 0604)");
  EXPECT_EQ(Secret(0640, 10, 99), "others may read it (mode 0640)");
  EXPECT_EQ(Secret(0440, 99), "others may read it (mode 0440)");
  EXPECT_EQ(Secret(0666), "others may read and write it (mode 0666)");
}

TEST(Exposure, IsOfRegularFilesAlone) {
  struct stat file{};
  file.st_mode = S_IFCHR | 0666;
  EXPECT_EQ(ExposureOf(file, FileKind::kSecret, kProcess), "");
  EXPECT_EQ(ExposureOf("/dev/null", FileKind::kSecret), "");
  EXPECT_EQ(ExposureOf("/nonexistent", FileKind::kSecret), "");
}

TEST(Exposure, FollowsALinkToTheFile) {
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / absl::StrCat("exposure", getpid());
  std::filesystem::create_directory(folder);
  std::ofstream(folder / "secret") << "s";
  std::filesystem::create_symlink("secret", folder / "link");
  using std::filesystem::perms;
  std::filesystem::permissions(folder / "secret", perms::owner_read | perms::owner_write);
  EXPECT_EQ(ExposureOf((folder / "link").string(), FileKind::kSecret), "");
  std::filesystem::permissions(folder / "secret", perms::owner_read | perms::others_read);
  EXPECT_EQ(ExposureOf((folder / "link").string(), FileKind::kSecret), "others may read it (mode 0404)");
  EXPECT_EQ(ExposureOf((folder / "link").string(), FileKind::kData), "");
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace webex_gateway
