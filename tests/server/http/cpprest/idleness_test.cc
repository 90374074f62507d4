// The wire and a server that closes idle connections, as all do after 1 s to 60 s: an order that leaves at that very
// moment would be lost with nobody knowing whether it arrived. Time is real here, scaled down: the kernel measures it.

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/server/testing/wire_under_test.h"

namespace webex_gateway {
namespace {

constexpr int kLanes = 40;
constexpr int kOrdersOfALane = 6;
constexpr absl::Duration kServerClosesAfter = absl::Seconds(1);
// The difference is what a busy machine may take from the look at the connection to the order's last byte.
constexpr absl::Duration kIdleLife = absl::Milliseconds(250);

// Callers who order again after pauses of any length up to a little more than the server's patience. On the loop, but
// for construction and AwaitEnd.
class Callers {
 public:
  Callers(Clock& clock, HttpClient& wire, uint64_t seed) : clock_(clock), wire_(wire), random_(seed) {}

  void Begin() {
    for (int i = 0; i < kLanes; ++i) Spawn(TheLoop(), Lane());
  }
  // What was said to those whose order failed.
  std::vector<std::string> AwaitEnd() { return ended_.get_future().get(); }

 private:
  Async<void> Lane() {
    for (int i = 0; i < kOrdersOfALane; ++i) {
      Call call{.deadline = Later(clock_.Now(), absl::Minutes(1))};
      const absl::StatusOr<HttpAnswer> answer = co_await wire_.Send(WireUnderTest::Order(), call);
      if (!answer.ok()) failures_.emplace_back(answer.status().message());
      Event over;
      const double share = std::uniform_real_distribution<>(0, 1.25)(random_);
      co_await WaitFor(over, clock_, Later(clock_.Now(), share * kServerClosesAfter), {});
    }
    if (--open_lanes_ == 0) ended_.set_value(failures_);
  }

  Clock& clock_;
  HttpClient& wire_;
  std::mt19937_64 random_;
  int open_lanes_ = kLanes;
  std::vector<std::string> failures_;
  std::promise<std::vector<std::string>> ended_;
};

class IdlenessTest : public testing::TestWithParam<bool> {};

TEST_P(IdlenessTest, CostsNoOrder) {
  const bool tls = GetParam();
  const uint64_t seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  ScriptedServer server(tls);
  server.CloseIdleAfter(kServerClosesAfter);
  WireUnderTest wire({.base_url = absl::StrCat(tls ? "https" : "http", "://127.0.0.1:", server.port()),
                      .ca_file = server.certificate_file(),
                      .idle_life = kIdleLife});
  const std::unique_ptr<Clock> clock = CreateSystemClock(TheLoop());
  Callers callers(*clock, *wire.wire_, seed);
  wire.OnLoop([&] { callers.Begin(); });
  EXPECT_EQ(callers.AwaitEnd(), std::vector<std::string>());
  EXPECT_EQ(server.whole_requests(), kLanes * kOrdersOfALane);
  EXPECT_EQ(server.requests(), kLanes * kOrdersOfALane);
  EXPECT_GT(wire.Counts().stale, 0);
}

INSTANTIATE_TEST_SUITE_P(Wire, IdlenessTest, testing::Bool(),
                         [](const auto& test) { return test.param ? "Tls" : "Http"; });

}  // namespace
}  // namespace webex_gateway
