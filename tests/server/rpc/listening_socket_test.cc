#include "server/rpc/listening_socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"

namespace webex_gateway {
namespace {

using testing::EndsWith;

// A folder that goes with the test, and the socket in it.
class UnixSocketTest : public testing::Test {
 protected:
  UnixSocketTest() {
    std::string pattern = testing::TempDir() + "/socket_XXXXXX";
    directory_ = mkdtemp(pattern.data());
  }
  ~UnixSocketTest() override { std::filesystem::remove_all(directory_); }

  std::string path() const { return directory_ + "/gateway.sock"; }
  absl::StatusOr<std::vector<ListeningSocket>> ListenHere() const { return Listen("unix:" + path()); }

  bool Connects() const {
    sockaddr_un name{.sun_family = AF_UNIX, .sun_path = {}};
    path().copy(name.sun_path, sizeof name.sun_path - 1);
    const ListeningSocket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    return connect(socket.descriptor(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0;
  }

  std::string directory_;
};

TEST_F(UnixSocketTest, IsForItsOwnerAndGroupWhateverTheUmask) {
  for (const mode_t mask : {0, 0022, 0077, 0777}) {
    const mode_t before = umask(mask);
    const auto sockets = ListenHere();
    umask(before);
    ASSERT_TRUE(sockets.ok()) << sockets.status();
    struct stat file{};
    ASSERT_EQ(stat(path().c_str(), &file), 0);
    EXPECT_EQ(file.st_mode & 07777, 0660u) << mask;
    EXPECT_TRUE(Connects());
    EXPECT_EQ(sockets->front().port(), 1);
    EXPECT_TRUE(sockets->front().is_unix());
  }
}

TEST_F(UnixSocketTest, GoesWithItsServer) {
  {
    ASSERT_TRUE(ListenHere().ok());
  }
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(UnixSocketTest, TakesThePlaceOfOneThatNobodyServes) {
  {
    const auto left = ListenHere();
    std::filesystem::rename(path(), path() + ".left");
  }
  std::filesystem::rename(path() + ".left", path());
  ASSERT_FALSE(Connects());
  const auto sockets = ListenHere();
  ASSERT_TRUE(sockets.ok()) << sockets.status();
  EXPECT_TRUE(Connects());
}

TEST_F(UnixSocketTest, IsNotTakenAwayFromOneWhoServesIt) {
  const auto first = ListenHere();
  EXPECT_EQ(ListenHere().status(),
            absl::AlreadyExistsError(absl::StrCat("cannot listen on unix:", path(), ": Address already in use")));
  EXPECT_TRUE(Connects());
}

TEST_F(UnixSocketTest, ReplacesNoFileThatIsNotASocket) {
  std::ofstream(path()) << "mine";
  EXPECT_EQ(ListenHere().status(),
            absl::UnavailableError(absl::StrCat("cannot listen on unix:", path(), ": File exists")));
  EXPECT_TRUE(std::filesystem::exists(path()));
}

TEST_F(UnixSocketTest, SaysThatItCannotBeThere) {
  EXPECT_THAT(std::string(Listen("unix:" + path() + "/below").status().message()),
              EndsWith("No such file or directory"));
  EXPECT_THAT(std::string(Listen("unix:/" + std::string(108, 'x')).status().message()), EndsWith("File name too long"));
}

TEST(ListeningSocketTest, HasAPortThatNoOtherCanHave) {
  const auto sockets = Listen("127.0.0.1:0");
  ASSERT_TRUE(sockets.ok()) << sockets.status();
  const int port = sockets->front().port();
  EXPECT_GT(port, 0);
  EXPECT_FALSE(sockets->front().is_unix());
  const std::string address = absl::StrCat("127.0.0.1:", port);
  EXPECT_EQ(Listen(address).status(),
            absl::AlreadyExistsError(absl::StrCat("cannot listen on ", address, ": Address already in use")));
}

TEST(ListeningSocketTest, IsHadAgainAtOnceByTheNext) {
  int port = 0;
  {
    const auto sockets = Listen("127.0.0.1:0");
    port = sockets->front().port();
  }
  EXPECT_TRUE(Listen(absl::StrCat("127.0.0.1:", port)).ok());
}

TEST(ListeningSocketTest, HasOnePortOnEveryAddressOfAName) {
  const auto sockets = Listen("localhost:0");
  ASSERT_TRUE(sockets.ok()) << sockets.status();
  for (const ListeningSocket& socket : *sockets) EXPECT_EQ(socket.port(), sockets->front().port());
}

TEST(ListeningSocketTest, SaysWhyAnAddressCannotBeHad) {
  for (const char* address : {"192.0.2.1:0", "nobody.invalid:0"}) {
    const absl::Status status = Listen(address).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
    EXPECT_THAT(std::string(status.message()), testing::StartsWith(absl::StrCat("cannot listen on ", address, ": ")));
  }
}

}  // namespace
}  // namespace webex_gateway
