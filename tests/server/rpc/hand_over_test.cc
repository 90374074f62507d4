#include "server/rpc/hand_over.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <thread>
#include <vector>

namespace webex_gateway {
namespace {

class HandOverTest : public testing::Test {
 protected:
  ~HandOverTest() override { queue_.Shutdown(); }

  // Carries out one event of the queue, if there is one.
  bool Poll() {
    void* tag = nullptr;
    bool ok = false;
    const auto got = queue_.AsyncNext(&tag, &ok, std::chrono::system_clock::time_point());
    if (got != grpc::CompletionQueue::GOT_EVENT) return false;
    static_cast<Completion*>(tag)->Happened(ok);
    return true;
  }

  void Post(int number) {
    to_poller_.Post([this, number] { done_.push_back(number); });
  }

  grpc::CompletionQueue queue_;
  HandOver to_poller_{queue_};
  std::vector<int> done_;
};

TEST_F(HandOverTest, RunsAllThatWaitsInOneTurnAndInItsOrder) {
  std::thread other([this] {
    for (int i = 1; i <= 3; ++i) Post(i);
  });
  other.join();
  EXPECT_TRUE(Poll());
  EXPECT_THAT(done_, testing::ElementsAre(1, 2, 3));
  EXPECT_FALSE(Poll());
}

TEST_F(HandOverTest, WakesTheQueueAnewForWhatIsPostedMeanwhile) {
  to_poller_.Post([this] { Post(1); });
  EXPECT_TRUE(Poll());
  EXPECT_THAT(done_, testing::IsEmpty());
  EXPECT_TRUE(Poll());
  EXPECT_THAT(done_, testing::ElementsAre(1));
}

}  // namespace
}  // namespace webex_gateway
