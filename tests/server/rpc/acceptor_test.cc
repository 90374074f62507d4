#include "server/rpc/acceptor.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

namespace webex_gateway {
namespace {

// A client's end; closed with it.
class Client {
 public:
  explicit Client(int port) : descriptor_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(static_cast<in_port_t>(port)), .sin_addr = {}};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() { close(descriptor_); }

  void Write(const std::string& bytes) const {
    EXPECT_EQ(write(descriptor_, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }
  // At its end it does not close, but breaks off.
  void EndByReset() const {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }

  // Waits for it.
  bool IsClosedByTheServer() const {
    char byte = 0;
    return read(descriptor_, &byte, 1) <= 0;
  }

 private:
  const int descriptor_;
};

class AcceptorTest : public testing::Test {
 protected:
  ~AcceptorTest() override {
    acceptor_ = nullptr;
    for (const int descriptor : taken_) close(descriptor);
  }

  // The port. `first` is called when clients can connect, and before they are accepted.
  int Start(AcceptLimits limits, const std::function<void(int port)>& first = [](int) {}) {
    auto sockets = Listen("127.0.0.1:0");
    const int port = sockets->front().port();
    first(port);
    std::vector<Acceptor::Port> ports;
    ports.push_back({std::move(sockets->front()), [this](int descriptor) {
                       const std::lock_guard lock(mutex_);
                       taken_.push_back(descriptor);
                       changed_.notify_all();
                     }});
    acceptor_ = std::make_unique<Acceptor>(std::move(ports), limits);
    return port;
  }

  void WaitForTaken(size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return taken_.size() >= count; });
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<int> taken_;
  std::unique_ptr<Acceptor> acceptor_;
};

TEST_F(AcceptorTest, HandsEachConnectionOnAsOneThatDoesNotBlock) {
  const int port = Start({.max_descriptor = 1000});
  const Client first(port);
  const Client second(port);
  WaitForTaken(2);
  EXPECT_NE(fcntl(taken_[0], F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(fcntl(taken_[1], F_GETFD) & FD_CLOEXEC, 0);
}

TEST_F(AcceptorTest, HasTheKernelKeepLittleOfAConnection) {
  const Client client(Start({.max_descriptor = 1000, .receive_buffer = 8 << 10}));
  WaitForTaken(1);
  int bytes = 0;
  socklen_t size = sizeof bytes;
  getsockopt(taken_[0], SOL_SOCKET, SO_RCVBUF, &bytes, &size);
  EXPECT_EQ(bytes, 2 * (8 << 10));  // as socket(7) says
}

TEST_F(AcceptorTest, ClosesThoseBeyondItsBound) {
  const int port = Start({.max_descriptor = 0});
  EXPECT_TRUE(Client(port).IsClosedByTheServer());
  EXPECT_TRUE(Client(port).IsClosedByTheServer());
  EXPECT_TRUE(taken_.empty());
}

TEST_F(AcceptorTest, MakesRoomForANewcomerAndCountsThoseItHasNoneFor) {
  const int lowest_free = dup(STDERR_FILENO);
  std::atomic<int> refused = 0;
  std::atomic<bool> may = true;
  // Beyond the bound is what comes next: the test's own ends of the connections take numbers too.
  const int port = Start({.max_descriptor = lowest_free + 1,
                          .make_room =
                              [&] {
                                if (may) close(lowest_free);
                                return may.load();
                              },
                          .refused = [&] { ++refused; }});
  const Client newcomer(port);
  WaitForTaken(1);
  EXPECT_EQ(taken_[0], lowest_free);
  may = false;
  EXPECT_TRUE(Client(port).IsClosedByTheServer());
  EXPECT_EQ(refused, 1);
}

TEST_F(AcceptorTest, HandsOnNoneThatHasGoneBeforeItsTurn) {
  const int port = Start({.max_descriptor = 1000}, [](int there) {
    const Client closed(there);
    const Client spoke(there);
    spoke.Write("PRI");
    const Client reset(there);
    reset.Write("PRI");
    reset.EndByReset();
  });
  const Client here(port);
  WaitForTaken(1);
  acceptor_ = nullptr;
  EXPECT_EQ(taken_.size(), 1u);
}

TEST_F(AcceptorTest, GoesOnAfterABurst) {
  const int port = Start({.max_descriptor = 1000, .max_burst = 2});
  const Client clients[] = {Client(port), Client(port), Client(port), Client(port), Client(port)};
  WaitForTaken(5);
  EXPECT_EQ(taken_.size(), 5u);
}

TEST_F(AcceptorTest, GoesOnOnceThereAreDescriptorsAgain) {
  const int port = Start({.max_descriptor = 1000});
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  rlimit few = before;
  std::optional<Client> client(std::in_place, port);
  WaitForTaken(1);
  few.rlim_cur = static_cast<rlim_t>(taken_[0]);  // not even that one
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
  client.emplace(port);  // the acceptor meets EMFILE, now and after each rest
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  WaitForTaken(2);
}

// What `check` says under this limit on descriptors.
std::string Under(rlim_t limit, absl::Status (*check)()) {
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  rlimit now = before;
  now.rlim_cur = limit;
  EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &now), 0);
  const absl::Status status = check();
  EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  return std::string(status.message());
}

TEST(CheckDescriptors, NamesALimitThatIsTooLow) {
  EXPECT_EQ(Under(63, &CheckDescriptors), "the limit on open files (ulimit -n) is 63, and must be 64 or more");
  EXPECT_EQ(Under(64, &CheckDescriptors), "");
}

TEST(CheckRoomForCallers, LooksAtWhatIsOpenAlready) {
  const int lowest_free = dup(STDERR_FILENO);
  close(lowest_free);
  const auto next = static_cast<rlim_t>(lowest_free);
  const rlim_t least = (next + 1) * 4 / 3 + 4;  // three quarters of it are above that
  EXPECT_EQ(Under(least, &CheckRoomForCallers), "");
  const std::string fault = " leaves no room for callers";
  EXPECT_THAT(Under(next, &CheckRoomForCallers), testing::EndsWith(fault));
  EXPECT_THAT(Under(next + 1, &CheckRoomForCallers), testing::EndsWith(fault));
}

TEST_F(AcceptorTest, TakesNoneAfterItsEnd) {
  const int port = Start({.max_descriptor = 1000});
  acceptor_ = nullptr;
  EXPECT_TRUE(Client(port).IsClosedByTheServer());
}

}  // namespace
}  // namespace webex_gateway
