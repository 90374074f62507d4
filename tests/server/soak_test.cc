// The promise, held against chance: orders in great number through the gateway's real path to a Webex that fails at
// random, from callers who leave at random. Afterwards the sandbox's record says what became of each order, and no
// caller may have been told otherwise.
//
// WEBEX_SOAK_ORDERS sets how many orders a run has (150 to 2,000), WEBEX_SOAK_SEED the seed of what is drawn; each run
// prints its own. Time is real here, if quick, so a seed brings back the same orders and faults, not the same
// interleaving.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/base/on_loop.h"
#include "server/base/uuid.h"
#include "server/http/cpprest/client.h"
#include "server/http/stack.h"
#include "server/http/tracking.h"
#include "server/ledger/ledger.h"
#include "server/orders/orders.h"
#include "server/webex/access_token.h"
#include "server/webex/errors.h"
#include "server/webex/webex.h"
#include "tests/sandbox/server.h"
#include "tests/sandbox/world.h"
#include "tests/server/testing/contradictions.h"
#include "tests/server/testing/details.h"
#include "tests/server/testing/fast_clock.h"
#include "tests/server/testing/orders.h"
#include "tests/server/testing/random_fault.h"
#include "tests/server/testing/test_certificate.h"

namespace webex_gateway {
namespace {

using webex::broadworks::v1::ProvisionWorkspaceRequest;
using webex::broadworks::v1::Workspace;

// The gateway's seconds: its attempts that hang, its pauses after a 429 and its breaker's rests are over that quickly.
constexpr int kTimesAsFast = 20;
// The rest is in these seconds too, except what the kernel and the sandbox measure.
constexpr absl::Duration kAttemptTimeout = absl::Seconds(10);
constexpr absl::Duration kPatientCaller = absl::Minutes(5);
// How much later than at its deadline an order may be answered: what a busy machine may take, with a sanitizer.
constexpr absl::Duration kMargin = absl::Seconds(5 * kTimesAsFast);
constexpr absl::Duration kWebexClosesIdle = absl::Milliseconds(400);
constexpr absl::Duration kIdleLife = absl::Milliseconds(200);

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* const text = std::getenv(name);
  uint64_t value = 0;
  return text != nullptr && absl::SimpleAtoi(text, &value) ? value : otherwise;
}

Loop& TheLoop() {
  static Loop& loop = StartCpprestLoop();
  return loop;
}

template <typename Step>
void OnLoop(Step step) {
  OnLoopAndWait(TheLoop(), std::move(step));
}

class AttemptCounter : public SendObserver {
 public:
  void OnSent(const SendReport& report) override { attempts_ += report.stage == "attempt" ? 1 : 0; }
  void OnRetry(RetryCause) override {}
  uint64_t attempts() const { return attempts_; }

 private:
  uint64_t attempts_ = 0;
};

// What is wrapped round the wire: all of it, or without what spares a Webex that fails, so that orders storm on.
enum class Stack { kWhole, kUnsparing };

struct Run {
  bool tls = false;
  int in_flight = 1;
  size_t orders = 0;
  Stack stack = Stack::kWhole;
};

// The gateway's parts as main() puts them together, without its gRPC edge. Lives on the loop.
class Gateway {
 public:
  Gateway(const sandbox::Server& webex, const std::string& ca_file, const Run& run, uint64_t seed) : random_(seed) {
    wire_ = *CreateCpprestClient(*clock_, {.base_url = absl::StrCat(webex.url(), "/v1"),
                                           .attempt_timeout = kAttemptTimeout,
                                           .ca_file = ca_file,
                                           .idle_life = kIdleLife});
    const StackOptions options{.admission = {.max_calls = run.in_flight}};
    if (run.stack == Stack::kWhole) {
      stack_ = CreateStack(*wire_, *clock_, random_, *tokens_, RefusesAccessToken, counter_, options);
    } else {
      unsparing_ = Unsparing(options);
    }
    HttpClient& http = run.stack == Stack::kWhole ? stack_->client() : *unsparing_;
    webex_ = *CreateWebex(http, *clock_);
    orders_ = std::make_unique<Orders>(TheLoop(), *clock_, *ledger_, *webex_, contradictions_,
                                       [this] { return NewUuid(random_); });
  }

  Clock& clock() { return *clock_; }
  Orders& orders() { return *orders_; }
  uint64_t attempts() const { return counter_.attempts(); }
  const WireCounts& wire() const { return wire_->counts(); }

 private:
  std::unique_ptr<HttpClient> Unsparing(const StackOptions& options) {
    auto client = WithAuth(*wire_, *tokens_, guard_, RefusesAccessToken);
    client = WithTelemetry(std::move(client), *clock_, counter_, "attempt");
    client = WithTracking(std::move(client), random_);
    client = WithRetry(std::move(client), *clock_, random_, counter_, options.retry);
    return WithAdmission(std::move(client), *clock_, no_pace_, admission_, options.admission);
  }

  const std::unique_ptr<Clock> clock_ = std::make_unique<FastClock>(TheLoop(), kTimesAsFast);
  Random random_;
  AttemptCounter counter_;
  const std::unique_ptr<TokenSource> tokens_ = CreateFixedToken("sandbox-token");
  TokenGuard guard_{*clock_, random_, *tokens_};
  std::unique_ptr<WireClient> wire_;
  std::unique_ptr<HttpStack> stack_;
  const Pace no_pace_{random_};
  AdmissionStatus admission_;
  std::unique_ptr<HttpClient> unsparing_;
  std::unique_ptr<Webex> webex_;
  const std::unique_ptr<Ledger> ledger_ = CreateNoLedger();  // what is at stake here is the way to Webex
  Contradictions contradictions_;
  std::unique_ptr<Orders> orders_;
};

// An order and what its caller was told.
struct Told {
  std::string user_id;
  absl::StatusOr<Workspace> answer = absl::UnknownError("not answered");
  absl::Duration late;  // after its deadline
};

// The callers: so many lanes, each with one order at a time. Runs on the loop.
class Callers {
 public:
  // One fault comes with every so many orders.
  Callers(Gateway& gateway, sandbox::World& world, int orders_to_a_fault, uint64_t seed)
      : gateway_(gateway), world_(world), orders_to_a_fault_(orders_to_a_fault), random_(seed) {}

  void Begin(int lanes, size_t orders) {
    told_.resize(orders);
    open_lanes_ = lanes;
    // Not all at once: a storm of handshakes would take longer than the sandbox waits for each.
    for (int i = 0; i < lanes; ++i) Spawn(TheLoop(), Lane(kTimesAsFast * i * absl::Milliseconds(10)));
  }

  void AwaitEnd() { ended_.get_future().wait(); }

  // An order of a caller who stays, when all is well; beside the others.
  Async<void> OrderInPeace(std::promise<Told>& told) {
    Told one{.user_id = absl::StrCat("in-peace-", Draw(random_, 1 << 30))};
    // As long as it is told to come again; Webex may be resting from what was before.
    for (std::optional<absl::Duration> advice = absl::ZeroDuration(); advice;) {
      co_await Pause(*advice);
      co_await Order(one, kPatientCaller, nullptr);
      advice = RetryDelayOf(one.answer.status());
    }
    told.set_value(std::move(one));
  }

  const std::vector<Told>& told() const { return told_; }

 private:
  Async<void> Lane(absl::Duration begins) {
    co_await Pause(begins);
    while (begun_ < told_.size()) {
      Told& told = told_[begun_++];
      told.user_id = absl::StrCat("user-", begun_);
      if (Draw(random_, orders_to_a_fault_ - 1) == 0) world_.faults.Add({RandomFault(random_)});
      if (Draw(random_, 15) == 0) co_await Pause(Draw(random_, 100) / 50. * kTimesAsFast * kWebexClosesIdle);
      const absl::Duration patience = DrawPatience();
      std::stop_source leaves;
      const auto leave = [&leaves] { leaves.request_stop(); };
      std::unique_ptr<Timer> leaving;
      if (Draw(random_, 5) == 0) leaving = At(absl::Milliseconds(Draw(random_, 400)), leave);
      // Where nothing happened and another try is advised, the caller makes it: Webex must not know the user yet.
      for (int tries = 1; tries <= 2; ++tries) {
        co_await Order(told, patience, &leaves);
        const std::optional<absl::Duration> advice = RetryDelayOf(told.answer.status());
        if (!advice || leaves.stop_requested()) break;
        co_await Pause(*advice);
      }
    }
    const auto end = [this] { ended_.set_value(); };
    if (--open_lanes_ == 0) gateway_.orders().WhenIdle(end);
  }

  Async<void> Order(Told& told, absl::Duration patience, std::stop_source* leaves) {
    ProvisionWorkspaceRequest order;
    order.set_provisioning_id("p");
    order.set_user_id(told.user_id);
    order.set_sp_enterprise_id("e");
    order.set_display_name("d");
    Caller caller{.deadline = Later(gateway_.clock().Now(), patience)};
    if (leaves != nullptr) caller.gone = leaves->get_token();
    OrderResult result = co_await gateway_.orders().Take(MethodOf(order), Owned(order), caller);
    if (result.answer.ok()) {
      told.answer = WorkspaceIn(*result.answer);
    } else {
      told.answer = result.answer.status();
    }
    told.late = absl::FromChrono(gateway_.clock().Now() - caller.deadline);
  }

  absl::Duration DrawPatience() {
    const int kind = Draw(random_, 5);
    if (kind == 0) return absl::Milliseconds(Draw(random_, 400));
    if (kind == 1) return absl::Milliseconds(Draw(random_, 5000));
    return kPatientCaller;
  }

  std::unique_ptr<Timer> At(absl::Duration from_now, absl::AnyInvocable<void()> due) {
    return gateway_.clock().At(Later(gateway_.clock().Now(), from_now), std::move(due));
  }

  Async<void> Pause(absl::Duration duration) {
    Event over;
    const auto timer = At(duration, [&over] { over.Set(); });
    co_await over.Wait();
  }

  Gateway& gateway_;
  sandbox::World& world_;
  const int orders_to_a_fault_;
  Random random_;
  std::vector<Told> told_;
  size_t begun_ = 0;
  int open_lanes_ = 0;
  std::promise<void> ended_;
};

// What the sandbox holds: user id to workspace id.
std::map<std::string, std::string> Provisioned(const sandbox::World& world) {
  std::map<std::string, std::string> ids;
  for (const sandbox::Workspace& workspace : world.workspaces.List()) {
    ids.emplace(workspace.user_id, sandbox::WorkspaceId(workspace.uuid));
  }
  return ids;
}

// "ok", or the outcome that the error says.
std::string OutcomeTold(const Told& told) { return told.answer.ok() ? "ok" : OutcomeOf(told.answer.status()); }

void ExpectTheTruth(const Told& told, const std::map<std::string, std::string>& provisioned) {
  const auto found = provisioned.find(told.user_id);
  const bool exists = found != provisioned.end();
  const std::string outcome = OutcomeTold(told);
  SCOPED_TRACE(absl::StrCat(told.user_id, ": ", told.answer.status().ToString()));
  EXPECT_LE(told.late, kMargin);
  EXPECT_THAT(outcome, testing::AnyOf("ok", "not_applied", "unchanged", "unknown"));
  if (outcome == "not_applied") {
    EXPECT_FALSE(exists);
  }
  if (outcome != "ok") return;
  ASSERT_TRUE(exists);
  EXPECT_EQ(told.answer->user_id(), told.user_id);
  if (told.answer->state() == Workspace::PROVISIONED) {
    EXPECT_EQ(told.answer->id(), found->second);
  }
}

class SoakTest : public testing::TestWithParam<Run> {
 protected:
  void Start(uint64_t seed) {
    sandbox::ServerOptions options{.threads = 2, .idle_timeout = kWebexClosesIdle};
    if (GetParam().tls) {
      options.tls_cert_file = certificate_.certificate_file();
      options.tls_key_file = certificate_.key_file();
    }
    auto server = sandbox::Server::Start(options, world_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    OnLoop([&] {
      const std::string ca_file = GetParam().tls ? certificate_.certificate_file() : "";
      gateway_ = std::make_unique<Gateway>(*server_, ca_file, GetParam(), seed);
      // Any more often, and the breaker would hold back nearly everything.
      const int orders_to_a_fault = GetParam().stack == Stack::kWhole ? 8 : 2;
      callers_ = std::make_unique<Callers>(*gateway_, world_, orders_to_a_fault, seed);
    });
  }

  void TearDown() override {
    OnLoop([&] {
      callers_.reset();
      gateway_.reset();
    });
  }

  // A connection that the sandbox closes for idleness just as the order leaves is no fault of this order's.
  bool OrderWorksInPeace() {
    world_.faults.Clear();
    bool works = false;
    for (int i = 0; i < 3 && !works; ++i) {
      std::promise<Told> told;
      OnLoop([&] { Spawn(TheLoop(), callers_->OrderInPeace(told)); });
      works = told.get_future().get().answer.ok();
    }
    return works;
  }

  std::map<std::string, size_t> Outcomes() const {
    std::map<std::string, size_t> outcomes;
    for (const Told& told : callers_->told()) ++outcomes[OutcomeTold(told)];
    return outcomes;
  }

  void Report(uint64_t seed) {
    std::map<std::string, size_t> reasons;
    for (const Told& told : callers_->told()) ++reasons[told.answer.ok() ? "OK" : ReasonOf(told.answer.status())];
    std::string text =
        absl::StrCat("seed ", seed, ": ", gateway_->attempts(), " attempts, ", gateway_->wire().sends, " sends, ",
                     gateway_->wire().vetoed_resends, " re-sends vetoed, ", gateway_->wire().stale,
                     " connections stale; POSTs begun ", world_.stats.posts_started.load(), ", whole ",
                     world_.stats.posts_received.load(), ", connections ", world_.stats.connections.load(), ";");
    for (const auto& [reason, count] : reasons) absl::StrAppend(&text, " ", reason, " ", count);
    std::puts(text.c_str());
  }

  const TestCertificate certificate_{"127.0.0.1"};
  sandbox::World world_{sandbox::Settings(), 1};
  std::unique_ptr<sandbox::Server> server_;
  std::unique_ptr<Gateway> gateway_;
  std::unique_ptr<Callers> callers_;
};

TEST_P(SoakTest, AnswersEveryCallerTruthfullyAndDeliversNoOrderTwice) {
  const uint64_t seed = FromEnvironment("WEBEX_SOAK_SEED", std::random_device()());
  SCOPED_TRACE(absl::StrCat("WEBEX_SOAK_SEED=", seed));
  ASSERT_NO_FATAL_FAILURE(Start(seed));
  const size_t orders = FromEnvironment("WEBEX_SOAK_ORDERS", GetParam().orders);
  OnLoop([&] { callers_->Begin(GetParam().in_flight, orders); });
  callers_->AwaitEnd();
  Report(seed);

  const auto provisioned = Provisioned(world_);
  for (const Told& told : callers_->told()) ExpectTheTruth(told, provisioned);
  EXPECT_EQ(world_.stats.posts_repeated, 0u) << "attempts were delivered twice";
  EXPECT_EQ(world_.stats.already_associated, 0u) << "orders took effect, and came again";
  EXPECT_LE(world_.stats.posts_received, static_cast<uint64_t>(gateway_->wire().sends));
  EXPECT_LE(gateway_->wire().sends, static_cast<int64_t>(gateway_->attempts()));
  // Else nothing was proven. Which failures a short run brings is up to chance, and on a slow machine breaker and pace
  // hold back nearly all.
  auto outcomes = Outcomes();
  EXPECT_GT(outcomes["ok"], 0u);
  EXPECT_GT(outcomes["not_applied"] + outcomes["unknown"], 0u);
  EXPECT_TRUE(OrderWorksInPeace());
}

INSTANTIATE_TEST_SUITE_P(Gateway, SoakTest,
                         testing::Values(Run{.tls = false, .in_flight = 1, .orders = 150},
                                         Run{.tls = true, .in_flight = 1, .orders = 150},
                                         Run{.tls = false, .in_flight = 100, .orders = 500},
                                         Run{.tls = true, .in_flight = 20, .orders = 500},
                                         Run{false, 1, 150, Stack::kUnsparing}, Run{true, 1, 150, Stack::kUnsparing},
                                         Run{false, 100, 2000, Stack::kUnsparing},
                                         Run{true, 100, 1000, Stack::kUnsparing}),
                         [](const auto& test) {
                           return absl::StrCat(test.param.stack == Stack::kWhole ? "Whole" : "Unsparing", "_",
                                               test.param.tls ? "Tls" : "Http", "_", test.param.in_flight, "InFlight");
                         });

}  // namespace
}  // namespace webex_gateway
