#include "server/http/resolver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <future>

#include "absl/strings/str_cat.h"
#include "tests/server/testing/fake_clock.h"
#include "tests/server/testing/fake_http.h"

namespace webex_gateway {
namespace {

using testing::ElementsAre;
using Found = absl::StatusOr<Addresses>;

class ResolverTest : public testing::Test {
 protected:
  Started<Found> Begin(const std::string& host) {
    return {loop_, resolver_.Resolve(host, Later(clock_.Now(), absl::Seconds(10)), caller_.get_token())};
  }

  Found End(Started<Found>& started) {
    loop_.restart();
    while (!started.done()) loop_.run_one();
    return *started;
  }

  Found Resolve(const std::string& host) {
    Started<Found> started = Begin(host);
    return End(started);
  }

  Loop loop_;
  const boost::asio::executor_work_guard<Loop::executor_type> never_idle_{loop_.get_executor()};
  FakeClock clock_{loop_};
  std::stop_source caller_;
  std::atomic<int> lookups_{0};
  std::atomic<bool> fails_{false};
  std::promise<void> let_end_;
  const std::shared_future<void> may_end_ = let_end_.get_future().share();
  Resolver resolver_{loop_, clock_, [this, may_end = may_end_](const std::string& host) -> Found {
                       if (host == "hangs.test") may_end.wait();
                       const int number = ++lookups_;
                       if (fails_) return absl::UnavailableError("as the test has it");
                       return Addresses{absl::StrCat("10.0.0.", number)};
                     }};
};

TEST_F(ResolverTest, FindsAnAddressForItselfWithoutLookingItUp) {
  EXPECT_THAT(*Resolve("127.0.0.1"), ElementsAre("127.0.0.1"));
  EXPECT_THAT(*Resolve("::1"), ElementsAre("::1"));
  EXPECT_EQ(lookups_, 0);
}

TEST_F(ResolverTest, RemembersWhatItFoundForHalfAMinute) {
  EXPECT_THAT(*Resolve("a.test"), ElementsAre("10.0.0.1"));
  clock_.Advance(absl::Milliseconds(29'999));
  EXPECT_THAT(*Resolve("a.test"), ElementsAre("10.0.0.1"));
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_THAT(*Resolve("a.test"), ElementsAre("10.0.0.2"));
}

TEST_F(ResolverTest, LooksUpOnceForAllWhoWait) {
  std::vector<Started<Found>> waiting;
  for (int i = 0; i < 10; ++i) waiting.push_back(Begin("a.test"));
  for (auto& each : waiting) EXPECT_THAT(*End(each), ElementsAre("10.0.0.1"));
  EXPECT_EQ(lookups_, 1);
}

TEST_F(ResolverTest, ServesWhatItKnewWhileALookupFails) {
  ASSERT_TRUE(Resolve("a.test").ok());
  fails_ = true;
  clock_.Advance(absl::Minutes(10));
  EXPECT_THAT(*Resolve("a.test"), ElementsAre("10.0.0.1"));
  fails_ = false;
  clock_.Advance(absl::Milliseconds(4999));
  EXPECT_THAT(*Resolve("a.test"), ElementsAre("10.0.0.1"));
  EXPECT_EQ(lookups_, 2) << "it asks again after 5 s, not for each order";
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_THAT(*Resolve("a.test"), ElementsAre("10.0.0.3"));
}

TEST_F(ResolverTest, ServesWhatItKnewWhileALookupHangs) {
  // What the lookup's thread holds, it may hold for longer than the test.
  const auto lookups = std::make_shared<std::atomic<int>>(0);
  Resolver resolver(loop_, clock_, [lookups, may_end = may_end_](const std::string&) -> Found {
    if (++*lookups > 1) may_end.wait();
    return Addresses{"10.0.0.1"};
  });
  const auto begin = [this, &resolver] {
    return Started<Found>{loop_, resolver.Resolve("a.test", Later(clock_.Now(), absl::Seconds(10)), {})};
  };
  Started<Found> first = begin();
  ASSERT_TRUE(End(first).ok());
  clock_.Advance(absl::Minutes(1));
  Started<Found> second = begin();
  clock_.Advance(absl::Milliseconds(999));
  EXPECT_FALSE(second.done());
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_THAT(*End(second), ElementsAre("10.0.0.1"));
  Started<Found> third = begin();
  clock_.RunLoop();
  ASSERT_TRUE(third.done()) << "without a wait";
  EXPECT_THAT(*End(third), ElementsAre("10.0.0.1"));
  let_end_.set_value();
}

TEST_F(ResolverTest, SaysWhatFailedAndAsksAgainTheNextTime) {
  fails_ = true;
  EXPECT_EQ(Resolve("a.test").status(), absl::UnavailableError("as the test has it"));
  fails_ = false;
  EXPECT_TRUE(Resolve("a.test").ok());
}

TEST_F(ResolverTest, EndsAWaitAtItsDeadlineAndWhenTheCallerLeavesThoughTheLookupHangs) {
  Started<Found> late = Begin("hangs.test");
  clock_.Advance(absl::Seconds(10));
  EXPECT_EQ(End(late).status().code(), absl::StatusCode::kDeadlineExceeded);
  Started<Found> gone = Begin("hangs.test");
  clock_.RunLoop();
  caller_.request_stop();
  EXPECT_EQ(End(gone).status().code(), absl::StatusCode::kCancelled);
  caller_ = std::stop_source();
  Started<Found> patient = Begin("hangs.test");
  clock_.RunLoop();
  let_end_.set_value();
  EXPECT_THAT(*End(patient), ElementsAre("10.0.0.1")) << "one lookup for all three";
}

TEST_F(ResolverTest, DoesNotLetOneNameWaitForAnother) {
  Started<Found> hangs = Begin("hangs.test");
  clock_.RunLoop();
  EXPECT_TRUE(Resolve("b.test").ok());
  EXPECT_FALSE(hangs.done());
  let_end_.set_value();
  EXPECT_TRUE(End(hangs).ok());
}

TEST(SystemLookupTest, KnowsThisMachine) {
  const Found found = SystemLookup("localhost");
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_THAT(*found, testing::Contains(testing::AnyOf("127.0.0.1", "::1")));
}

}  // namespace
}  // namespace webex_gateway
