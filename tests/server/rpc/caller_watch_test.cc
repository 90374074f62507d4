#include "server/rpc/caller_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "absl/strings/str_cat.h"

namespace webex_gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct FakeSockets : CallerSockets {
  std::optional<Caller> Identify(int descriptor) override {
    if (unix_sockets.count(descriptor) > 0) return std::nullopt;
    return Caller{static_cast<uint64_t>(descriptor), absl::StrCat("peer", descriptor)};
  }
  std::optional<Bytes> Count(int descriptor, uint64_t) override {
    const auto found = taken.find(descriptor);
    return found == taken.end() ? std::nullopt : std::optional(Bytes{found->second, unread[descriptor]});
  }
  void End(int descriptor, uint64_t) override { ended.push_back(descriptor); }

  std::set<int> unix_sockets;
  std::map<int, int64_t> taken;
  std::map<int, int64_t> unread;
  std::vector<int> ended;
};

class CallerWatchTest : public testing::Test {
 protected:
  static constexpr int64_t kBound = 100;
  static constexpr int64_t kSpared = 10;
  static constexpr CallerWatch::Patience kPatience{.of_all = kBound, .of_quiet = kBound, .spared = kSpared};
  static constexpr int kAborted = 3;
  static constexpr int64_t kPings = 20;

  void Connect(int descriptor) {
    sockets_.taken[descriptor] = 0;
    watch_.Add(descriptor);
  }
  void Bring(int descriptor, int64_t bytes) { sockets_.taken[descriptor] += bytes; }
  void AccountFor(int descriptor, int64_t bytes) { watch_.AccountFor(absl::StrCat("peer", descriptor), bytes); }

  std::unique_ptr<FakeSockets> owned_ = std::make_unique<FakeSockets>();
  FakeSockets& sockets_ = *owned_;
  CallerWatch watch_{std::move(owned_), kAborted};
};

TEST_F(CallerWatchTest, EndsAConnectionWhoseBytesNothingExplains) {
  Connect(1);
  Bring(1, 60);
  EXPECT_EQ(watch_.Look(kPatience), 0);
  Bring(1, 41);
  EXPECT_EQ(watch_.Look(kPatience), 1);
  EXPECT_THAT(sockets_.ended, ElementsAre(1));
  EXPECT_TRUE(watch_.empty());
}

TEST_F(CallerWatchTest, LetsAnyNumberOfAccountedBytesPass) {
  Connect(1);
  for (int i = 0; i < 100; ++i) {
    Bring(1, 90);
    if (i % 2 == 1) AccountFor(1, 180);
    EXPECT_EQ(watch_.Look(kPatience), 0);
  }
}

TEST_F(CallerWatchTest, TakesNoAccountOfBytesInAdvance) {
  Connect(1);
  AccountFor(1, 1000);
  EXPECT_EQ(watch_.Look(kPatience), 0);
  Bring(1, 101);
  EXPECT_EQ(watch_.Look(kPatience), 1);
}

TEST_F(CallerWatchTest, BoundsTheSumAndEndsTheHeaviestFirst) {
  for (const int descriptor : {1, 2, 3}) Connect(descriptor);
  Bring(1, 30);
  Bring(2, 50);
  Bring(3, 40);
  EXPECT_EQ(watch_.Look(kPatience), 1);
  EXPECT_THAT(sockets_.ended, ElementsAre(2));
}

TEST_F(CallerWatchTest, SparesThoseThatBringCallsForAsLongAsOthersDoNot) {
  for (const int descriptor : {1, 2}) Connect(descriptor);
  Bring(1, 95);
  AccountFor(1, 5);
  Bring(2, 20);
  EXPECT_EQ(watch_.Look(kPatience), 1);
  EXPECT_THAT(sockets_.ended, ElementsAre(2));
}

TEST_F(CallerWatchTest, EndsAsManyAsItTakes) {
  for (const int descriptor : {1, 2, 3}) {
    Connect(descriptor);
    Bring(descriptor, 40 + descriptor);
  }
  EXPECT_EQ(watch_.Look({45, 45, kSpared}), 2);
  EXPECT_THAT(sockets_.ended, testing::UnorderedElementsAre(3, 2));
}

TEST_F(CallerWatchTest, NeverEndsAConnectionForALittle) {
  for (int descriptor = 1; descriptor <= 20; ++descriptor) {
    Connect(descriptor);
    Bring(descriptor, kSpared);
  }
  EXPECT_EQ(watch_.Look(kPatience), 0);
  Bring(7, 1);
  EXPECT_EQ(watch_.Look(kPatience), 1);
  EXPECT_THAT(sockets_.ended, ElementsAre(7));
}

TEST_F(CallerWatchTest, EndsTheHeaviestHoweverLittleItHasWhereNoneIsSpared) {
  for (int descriptor = 1; descriptor <= 20; ++descriptor) {
    Connect(descriptor);
    Bring(descriptor, descriptor == 7 ? 6 : 5);
  }
  EXPECT_EQ(watch_.Look({kBound, kBound, 0}), 1);
  EXPECT_THAT(sockets_.ended, ElementsAre(7));
}

TEST_F(CallerWatchTest, HasLessPatienceWithQuietOnes) {
  for (const int descriptor : {1, 2, 3}) {
    Connect(descriptor);
    Bring(descriptor, 30);
  }
  AccountFor(1, 1);
  EXPECT_EQ(watch_.Look({.of_all = kBound, .of_quiet = 50, .spared = 0}), 1);
  EXPECT_EQ(watch_.Look({.of_all = kBound, .of_quiet = 50, .spared = 0}), 1);  // now the first is quiet too
  EXPECT_EQ(sockets_.ended.size(), 2u);
}

TEST_F(CallerWatchTest, CountsOfQuietOnesWhatIsYetToBeRead) {
  for (const int descriptor : {1, 2}) Connect(descriptor);
  sockets_.unread = {{1, 1000}, {2, 1000}};
  watch_.Begin("peer2");
  EXPECT_EQ(watch_.Look(kPatience), 1);
  EXPECT_THAT(sockets_.ended, ElementsAre(1));
}

TEST_F(CallerWatchTest, EndsThoseWithCallsUnderWayLast) {
  for (const int descriptor : {1, 2}) {
    Connect(descriptor);
    Bring(descriptor, 60 - descriptor);
  }
  watch_.Begin("peer1");
  watch_.Look({1000, 1000, 0});
  EXPECT_EQ(watch_.Look({kBound, kBound, 0}), 1);
  EXPECT_THAT(sockets_.ended, ElementsAre(2));
}

TEST_F(CallerWatchTest, EndsNoQuietOneForALittleWhenAnotherBringsNearlyAll) {
  for (const int descriptor : {1, 2}) Connect(descriptor);
  watch_.Begin("peer1");
  watch_.Look({1000, 1000, 0});
  Bring(1, 200);
  Bring(2, 5);
  EXPECT_EQ(watch_.Look({kBound, kBound, 0}), 1);
  EXPECT_THAT(sockets_.ended, ElementsAre(1));
}

TEST_F(CallerWatchTest, EndsAConnectionThatIsCondemned) {
  for (const int descriptor : {1, 2}) Connect(descriptor);
  watch_.Condemn("peer2");
  EXPECT_EQ(watch_.Look(kPatience), 1);
  EXPECT_THAT(sockets_.ended, ElementsAre(2));
}

TEST_F(CallerWatchTest, MakesRoomByTheConnectionThatWasWithoutACallForLongest) {
  for (const int descriptor : {1, 2, 3, 4}) Connect(descriptor);
  watch_.Begin("peer1");
  watch_.Begin("peer2");
  watch_.Look(kPatience);
  watch_.End("peer2");
  AccountFor(3, 1);
  watch_.Look(kPatience);
  watch_.Look(kPatience);
  EXPECT_TRUE(watch_.EndLongestIdle());
  EXPECT_TRUE(watch_.EndLongestIdle());
  EXPECT_TRUE(watch_.EndLongestIdle());
  EXPECT_FALSE(watch_.EndLongestIdle());
  EXPECT_EQ(sockets_.ended[0], 4);
  EXPECT_THAT(sockets_.ended, testing::UnorderedElementsAre(2, 3, 4));
  watch_.End("peer1");
  EXPECT_TRUE(watch_.EndLongestIdle());
}

TEST_F(CallerWatchTest, EndsAConnectionWhoseCallsAreAborted) {
  for (const int descriptor : {1, 2}) Connect(descriptor);
  const auto aborted = [this](int descriptor, int count) {
    for (int i = 0; i < count; ++i) watch_.CountAborted(absl::StrCat("peer", descriptor));
  };
  aborted(1, 2);
  aborted(2, kAborted);
  EXPECT_EQ(watch_.Look(kPatience), 0);
  aborted(1, 2);
  EXPECT_EQ(watch_.Look(kPatience), 1);
  EXPECT_THAT(sockets_.ended, ElementsAre(1));
}

TEST_F(CallerWatchTest, EndsAConnectionThatPingsAndMakesNoCalls) {
  for (const int descriptor : {1, 2, 3}) Connect(descriptor);
  const auto bring = [this](int first, int second, int third) {
    Bring(1, first);
    Bring(2, second);
    Bring(3, third);
    watch_.Look({10'000, 10'000, kSpared});
    return watch_.EndPingers(kPings);
  };
  EXPECT_EQ(bring(1000, 1000, 1000), 0);  // its handshake
  EXPECT_EQ(bring(kPings, kPings, kPings), 0);
  AccountFor(3, 1);
  EXPECT_EQ(bring(kPings + 1, 0, kPings + 1), 1);
  EXPECT_THAT(sockets_.ended, ElementsAre(1));
  EXPECT_EQ(bring(0, kPings, kPings + 1), 1);
  EXPECT_THAT(sockets_.ended, ElementsAre(1, 3));
}

TEST_F(CallerWatchTest, ForgetsAConnectionThatHasGone) {
  Connect(1);
  Bring(1, 90);
  EXPECT_EQ(watch_.Look(kPatience), 0);
  sockets_.taken.erase(1);
  Connect(2);
  Bring(2, 90);
  EXPECT_EQ(watch_.Look(kPatience), 0);
  EXPECT_THAT(sockets_.ended, IsEmpty());
}

TEST_F(CallerWatchTest, LeavesUnixSocketsAlone) {
  sockets_.unix_sockets = {1};
  Connect(1);
  EXPECT_TRUE(watch_.empty());
}

}  // namespace
}  // namespace webex_gateway
