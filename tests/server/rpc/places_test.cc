#include "server/rpc/places.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace webex_gateway {
namespace {

using Kind = Places::Kind;
using Verdict = Places::Verdict;

class PlacesTest : public testing::Test {
 protected:
  static Places::Holder Of(const std::string& account, int connection = 1, Kind kind = Kind::kCall) {
    return {.kind = kind, .connection = absl::StrCat("ipv4:192.0.2.1:", connection), .account = account};
  }
  // As many as it gets, of so many tries, each on a connection of its own.
  int Enter(const std::string& account, int tries, Kind kind = Kind::kCall) {
    int admitted = 0;
    for (int i = 0; i < tries; ++i) {
      admitted += places_.Enter(Of(account, ++connections_, kind)) == Verdict::kAdmitted ? 1 : 0;
    }
    return admitted;
  }

  int connections_ = 1000;
  Places places_{
      {.calls = 1000, .calls_per_connection = 3, .streams = 10, .streams_per_connection = 2, .streams_per_account = 4}};
};

TEST_F(PlacesTest, LetOneAccountFillAllButAFifthAndANewcomerIn) {
  EXPECT_EQ(Enter("batch", 2000), 800);
  EXPECT_EQ(Enter("other", 100), 100);
  EXPECT_EQ(Enter("other", 2000), 60);  // 160 of it leave 40 free
  EXPECT_EQ(Enter("batch", 1), 0);
}

TEST_F(PlacesTest, AreNoMoreThanThereAre) {
  int all = 0;
  for (int i = 0; i < 1000; ++i) all += Enter(absl::StrCat("account-", i), 10);
  EXPECT_GE(all, 990);
  EXPECT_LE(all, 1000);
  EXPECT_EQ(places_.taken(Kind::kCall), all);
}

TEST_F(PlacesTest, CountWhoFindsNone) {
  EXPECT_EQ(Enter("batch", 810), 800);
  EXPECT_EQ(places_.refused(Kind::kCall), 10);
  EXPECT_EQ(places_.refused(Kind::kStream), 0);
}

TEST_F(PlacesTest, ComeBack) {
  EXPECT_EQ(places_.Enter(Of("a")), Verdict::kAdmitted);
  places_.Leave(Of("a"));
  EXPECT_EQ(places_.taken(Kind::kCall), 0);
  EXPECT_EQ(Enter("a", 2000), 800);
}

TEST_F(PlacesTest, AreBoundedForAConnectionButForUnixSocketsWhichAllHaveOneName) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(places_.Enter(Of("a", 7)), Verdict::kAdmitted);
  EXPECT_EQ(places_.Enter(Of("b", 7)), Verdict::kTooManyOnConnection);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(places_.Enter({.connection = "unix:", .account = "unix"}), Verdict::kAdmitted);
  }
}

TEST_F(PlacesTest, AreTakenByAsManyAsTheHolderNeedsAndComeBack) {
  Places::Holder large = Of("a", 7);
  large.places = 8;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(places_.Enter(large), Verdict::kAdmitted);
  EXPECT_EQ(places_.Enter(large), Verdict::kTooManyOnConnection);  // which counts RPCs
  EXPECT_EQ(places_.taken(Kind::kCall), 24);
  EXPECT_EQ(Enter("a", 2000), 776);
  large.connection = "another";
  EXPECT_EQ(places_.Enter(large), Verdict::kNoneLeft);
  for (int i = 0; i < 3; ++i) places_.Leave(Of("a", 1001 + i));
  EXPECT_EQ(places_.Enter(large), Verdict::kNoneLeft);  // it needs 8
  for (int i = 3; i < 8; ++i) places_.Leave(Of("a", 1001 + i));
  EXPECT_EQ(places_.Enter(large), Verdict::kAdmitted);
  large.kind = Kind::kStream;
  EXPECT_EQ(places_.Enter(large), Verdict::kNoneLeft);
  large.places = 4;
  EXPECT_EQ(places_.Enter(large), Verdict::kAdmitted);
}

TEST_F(PlacesTest, OfStreamsAreFewAndTakeNoneFromCalls) {
  EXPECT_EQ(Enter("a", 20, Kind::kStream), 4);
  EXPECT_EQ(Enter("b", 20, Kind::kStream), 4);
  EXPECT_EQ(Enter("c", 20, Kind::kStream), 2);
  EXPECT_EQ(Enter("d", 20, Kind::kStream), 0);
  EXPECT_EQ(places_.Enter(Of("d", 1, Kind::kStream)), Verdict::kNoneLeft);
  EXPECT_EQ(Enter("d", 2000), 800);
}

TEST_F(PlacesTest, OfStreamsAreBoundedForAConnectionToo) {
  EXPECT_EQ(places_.Enter(Of("a", 7, Kind::kStream)), Verdict::kAdmitted);
  EXPECT_EQ(places_.Enter(Of("a", 7, Kind::kStream)), Verdict::kAdmitted);
  EXPECT_EQ(places_.Enter(Of("a", 7, Kind::kStream)), Verdict::kTooManyOnConnection);
}

}  // namespace
}  // namespace webex_gateway
