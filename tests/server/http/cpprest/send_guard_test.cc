// A process can be held up between the check that an order may leave and the call that gives it to the kernel: by
// SIGSTOP, a frozen container, a suspended host. Here a slow send() takes their place.
#include "server/http/cpprest/send_guard.h"

#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <tuple>

#include "server/base/lease.h"
#include "tests/server/testing/scripted_server.h"
#include "tests/server/testing/wire_under_test.h"

namespace {

using webex_gateway::BootClock;

// What is left of the time, and a hold-up that is longer.
constexpr std::chrono::milliseconds kLeft(20);
constexpr std::chrono::milliseconds kHeldUp(40);

// The calls of send() until one is held up: 1 is the next one. Zero: none is.
std::atomic<int> calls_until_held_up = 0;
bool after_the_copy = false;            // the kernel has the bytes when it is held up
std::function<void()> held_up = [] {};  // called after a hold-up, on the loop
std::atomic<int> last_socket = -1;

void Spend(std::chrono::milliseconds time) {
  for (const auto begun = BootClock::now(); BootClock::now() < begun + time;) continue;
}

}  // namespace

// The C library's, through which cpprestsdk gives a request to the kernel.
extern "C" ssize_t send(int socket, const void* bytes, size_t size, int flags) {
  const auto give = [=] { return syscall(SYS_sendto, socket, bytes, size, flags, nullptr, 0); };
  last_socket = socket;
  if (calls_until_held_up == 0 || --calls_until_held_up > 0) return give();
  const ssize_t given = after_the_copy ? give() : 0;
  Spend(kHeldUp);
  held_up();
  return after_the_copy ? given : give();
}

namespace webex_gateway {
namespace {

// An order on a new connection or a later one, plain or with TLS.
class SendGuardTest : public testing::TestWithParam<std::tuple<bool, bool>> {
 protected:
  SendGuardTest() {
    if (is_later_) {
      EXPECT_TRUE(wire_.Post().ok());
      for (int i = 0; i < 20; ++i) wire_.OnLoop([] {});  // the library returns the connection a little late
    }
    earlier_ = server_.whole_requests();
    wire_.lease_ = lease_;
  }
  ~SendGuardTest() override {
    calls_until_held_up = 0;
    after_the_copy = false;
    held_up = [] {};
  }

  // TLS: the client's hello and its Finished go first. Always: the headers.
  void HoldUpTheBody() { calls_until_held_up = has_tls_ && !is_later_ ? 4 : 2; }

  // The clock that the wire asks shows the time that has passed only afterwards, so that no check but the kernel's
  // notices.
  void ExpectNotSentIfHeldUp(SendFailure failure) {
    held_up = [this] { wire_.clock_->Jump(absl::FromChrono(kHeldUp)); };
    HoldUpTheBody();
    const absl::Status failed = wire_.Post().status();
    EXPECT_EQ(calls_until_held_up, 0);
    EXPECT_EQ(SendFailureOf(failed), failure) << failed;
    server_.AwaitNoConnection();
    EXPECT_EQ(server_.whole_requests(), earlier_);
  }

  const bool is_later_ = std::get<0>(GetParam());
  const bool has_tls_ = std::get<1>(GetParam());
  const std::shared_ptr<Lease> lease_ = std::make_shared<Lease>(Lease{Clock::Time::max()});
  ScriptedServer server_{has_tls_};
  WireUnderTest wire_{server_, has_tls_ ? "https" : "http"};
  int earlier_ = 0;
};

TEST_P(SendGuardTest, SendsNoBodyThatIsHeldUpAfterTheCheckUntilTheLeaseHasRunOut) {
  wire_.OnLoop([this] { lease_->until = wire_.clock_->Now() + kLeft; });
  ExpectNotSentIfHeldUp(SendFailure::kLeaseLost);
}

TEST_P(SendGuardTest, SendsNoBodyThatIsHeldUpAfterTheCheckUntilTheDeadlineHasPassed) {
  wire_.deadline_ = absl::FromChrono(kLeft);
  ExpectNotSentIfHeldUp(SendFailure::kDeadline);
}

// A later order is still held back in the kernel then, so that its headers and body leave together.
TEST_P(SendGuardTest, DoesNotKnowOfABodyThatIsHeldUpAfterTheCopyAndDropsItIfItCan) {
  wire_.OnLoop([this] { lease_->until = wire_.clock_->Now() + kLeft; });
  after_the_copy = true;
  HoldUpTheBody();
  const absl::Status failed = wire_.Post().status();
  EXPECT_EQ(SendFailureOf(failed), SendFailure::kAnswerLost) << failed;
  server_.AwaitNoConnection();
  if (is_later_) {
    EXPECT_EQ(server_.whole_requests(), earlier_);
  }
}

TEST_P(SendGuardTest, LetsABodyGoThatIsHeldUpForLess) {
  wire_.OnLoop([this] { lease_->until = wire_.clock_->Now() + 1000 * kHeldUp; });
  HoldUpTheBody();
  const absl::StatusOr<HttpAnswer> answer = wire_.Post();
  EXPECT_EQ(calls_until_held_up, 0);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->body, "{}");
}

TEST_P(SendGuardTest, LeavesAnOrderAloneThatTheKernelHas) {
  // By the kernel's clock the lease runs out while the server takes its time.
  wire_.OnLoop([this] { lease_->until = wire_.clock_->Now() + 5 * kLeft; });
  std::atomic<bool> is_held_back = true;
  server_.Next([&is_held_back](ScriptedConnection& connection, const std::string& /*headers*/) {
    int holds = 1;
    socklen_t size = sizeof holds;
    is_held_back = getsockopt(last_socket, IPPROTO_TCP, TCP_CORK, &holds, &size) != 0 || holds != 0;
    Spend(5 * kHeldUp);
    return connection.Write(ScriptedServer::Ok("{}"));
  });
  const absl::StatusOr<HttpAnswer> answer = wire_.Post();
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->body, "{}");
  EXPECT_FALSE(is_held_back);
}

INSTANTIATE_TEST_SUITE_P(Wire, SendGuardTest, testing::Combine(testing::Bool(), testing::Bool()), [](const auto& the) {
  return std::string(std::get<0>(the.param) ? "Later_" : "First_") + (std::get<1>(the.param) ? "Tls" : "Http");
});

}  // namespace
}  // namespace webex_gateway
