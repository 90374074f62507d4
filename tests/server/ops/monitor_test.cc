#include "server/ops/monitor.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "tests/server/testing/fake_clock.h"
#include "tests/server/testing/loop_thread.h"
#include "tests/server/testing/prometheus_text.h"

namespace webex_gateway {
namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckResponse;

constexpr char kService[] = "a.Service";

class MonitorTest : public testing::Test {
 protected:
  MonitorTest() {
    EXPECT_TRUE(server_.Start({"127.0.0.1:0"}).ok());
    thread_.Run([this] { monitor_.Start(); });
  }
  ~MonitorTest() override {
    thread_.Run([this] { monitor_.Drain({}); });
  }

  HealthCheckResponse::ServingStatus Serving(const std::string& service) {
    const auto stub = Health::NewStub(
        grpc::CreateChannel(absl::StrCat("127.0.0.1:", server_.ports()[0]), grpc::InsecureChannelCredentials()));
    grpc::ClientContext context;
    grpc::health::v1::HealthCheckRequest request;
    request.set_service(service);
    HealthCheckResponse response;
    EXPECT_TRUE(stub->Check(&context, request, &response).ok());
    return response.status();
  }

  AdminAnswer Page(const std::string& path) {
    std::promise<AdminAnswer> answer;
    const AdminPage page = monitor_.Pages().at(path);
    const auto read = [](AdminPage make, std::promise<AdminAnswer>& to) -> Async<void> {
      AdminAnswer made = co_await make();
      to.set_value(std::move(made));
    };
    Spawn(thread_.loop(), read(page, answer));
    return answer.get_future().get();
  }

  // Sets something of the state and lets a second go by.
  void ASecondAfter(const std::function<void()>& change) {
    thread_.Run([&] {
      change();
      clock_.Elapse(absl::Seconds(1));
    });
  }

  LoopThread thread_;
  FakeClock clock_{thread_.loop()};
  StackStatus stack_;
  TokenHealth token_{.usable = true};
  LedgerHealth ledger_;
  std::optional<NoneApplied> none_applied_;
  Metrics metrics_{"1", absl::UnixEpoch()};
  History history_{clock_};
  RpcServer server_{thread_.loop(), clock_};
  HealthService health_{server_};
  Monitor monitor_{clock_,
                   {.version = "1", .started = absl::UnixEpoch(), .ledger = "sqlite", .admission = {}},
                   {.stack = [this] { return stack_; },
                    .token = [this] { return token_; },
                    .ledger = [this] { return ledger_; },
                    .none_applied = [this] { return none_applied_; }},
                   metrics_,
                   history_,
                   health_,
                   {kService},
                   [this](const std::vector<Check>& failing) {
                     const auto name = [](std::string* names, const Check& check) { names->append(check.name); };
                     told_.push_back(absl::StrJoin(failing, " ", name));
                   }};
  std::vector<std::string> told_;  // what fails, each time
};

TEST_F(MonitorTest, ReportsWhenItIsNotReadyAndWhenItIsAgain) {
  ASecondAfter([] {});
  EXPECT_THAT(told_, testing::IsEmpty());
  ASecondAfter([this] { stack_.breaker = Breaker::State::kOpen; });
  ASecondAfter([this] { stack_.breaker = Breaker::State::kHalfOpen; });
  ASecondAfter([this] { stack_.breaker = Breaker::State::kOpen; });
  EXPECT_THAT(told_, testing::ElementsAre("breaker"));
  ASecondAfter([this] { token_.usable = false; });
  ASecondAfter([this] { stack_.breaker = Breaker::State::kClosed; });
  ASecondAfter([this] { token_.usable = true; });
  EXPECT_THAT(told_, testing::ElementsAre("breaker", "token breaker", "token", ""));
}

TEST_F(MonitorTest, IsAliveAndReadyWhereNothingIsWrong) {
  EXPECT_EQ(Page("/livez").status, 200);
  const AdminAnswer ready = Page("/readyz");
  EXPECT_EQ(ready.status, 200);
  EXPECT_EQ(ready.content_type, "application/json");
  EXPECT_THAT(ready.body, testing::StartsWith("{\"ready\": true, "));
  EXPECT_EQ(Serving(""), HealthCheckResponse::SERVING);
  EXPECT_EQ(Serving(kService), HealthCheckResponse::SERVING);
}

TEST_F(MonitorTest, IsAliveButNotReadyWhileTheBreakerIsOpen) {
  ASecondAfter([this] { stack_.breaker = Breaker::State::kOpen; });
  EXPECT_EQ(Page("/livez").status, 200);
  const AdminAnswer ready = Page("/readyz");
  EXPECT_EQ(ready.status, 503);
  EXPECT_THAT(ready.body, testing::HasSubstr("{\"name\": \"breaker\", \"ok\": false, \"trouble\": \"Webex has failed"));
  EXPECT_EQ(Serving(""), HealthCheckResponse::SERVING);
  EXPECT_EQ(Serving(kService), HealthCheckResponse::NOT_SERVING);

  ASecondAfter([this] { stack_.breaker = Breaker::State::kHalfOpen; });
  EXPECT_EQ(Page("/readyz").status, 200);
  EXPECT_EQ(Serving(kService), HealthCheckResponse::SERVING);
}

TEST_F(MonitorTest, IsNotReadyWithoutAToken) {
  ASecondAfter([this] { token_ = {.usable = false, .troubles = {"the file is empty"}}; });
  EXPECT_EQ(Page("/readyz").status, 503);
  EXPECT_THAT(Page("/readyz").body, testing::HasSubstr("the file is empty"));
  EXPECT_EQ(Serving(kService), HealthCheckResponse::NOT_SERVING);
}

TEST_F(MonitorTest, IsNotReadyWhileTheLedgerCannotBeWritten) {
  ASecondAfter([this] { ledger_.trouble = "the disk is full"; });
  EXPECT_EQ(Page("/readyz").status, 503);
  EXPECT_THAT(Page("/readyz").body, testing::HasSubstr("the disk is full"));
  EXPECT_EQ(Serving(kService), HealthCheckResponse::NOT_SERVING);
  ASecondAfter([this] { ledger_.trouble = ""; });
  EXPECT_EQ(Page("/readyz").status, 200);
  EXPECT_EQ(Serving(kService), HealthCheckResponse::SERVING);
}

TEST_F(MonitorTest, DrainsForGood) {
  thread_.Run([this] { monitor_.Drain({.drain_delay = absl::Seconds(5), .drain_timeout = absl::Seconds(25)}); });
  EXPECT_EQ(Page("/livez").status, 200);
  EXPECT_EQ(Page("/readyz").status, 503);
  EXPECT_THAT(Page("/readyz").body, testing::HasSubstr("{\"name\": \"drain\", \"ok\": false"));
  EXPECT_EQ(Serving(""), HealthCheckResponse::NOT_SERVING);
  ASecondAfter([] {});
  EXPECT_EQ(Serving(kService), HealthCheckResponse::NOT_SERVING);
  EXPECT_THAT(Page("/status.json").body,
              testing::HasSubstr("\"drain\": {\"takesOrdersSeconds\": 4, \"endsSeconds\": 29}"));
}

TEST_F(MonitorTest, WarnsThatNoOrderIsAppliedThoughItIsReady) {
  thread_.Run([this] { none_applied_ = NoneApplied{.orders = 97, .reason = "WEBEX_NOT_FOUND"}; });
  EXPECT_EQ(Page("/readyz").status, 200);
  EXPECT_THAT(Page("/readyz").body,
              testing::HasSubstr("\"warnings\": [\"none of the last 97 orders was applied: WEBEX_NOT_FOUND\"]"));
  EXPECT_THAT(Page("/status.json").body, testing::HasSubstr("\"noneApplied\": {\"orders\": 97, "));
  EXPECT_EQ(Serving(kService), HealthCheckResponse::SERVING);
}

TEST_F(MonitorTest, ServesForTheOrderThatTriesARefusedTokenButIsNotReady) {
  ASecondAfter([this] { token_.refused = TokenRefusal{absl::UnixEpoch(), 3, absl::Seconds(5)}; });
  EXPECT_EQ(Page("/readyz").status, 503);
  EXPECT_EQ(Serving(kService), HealthCheckResponse::NOT_SERVING);
  ASecondAfter([this] { token_.refused->next_try = absl::ZeroDuration(); });
  EXPECT_EQ(Page("/readyz").status, 200);
  EXPECT_THAT(Page("/readyz").body, testing::StartsWith("{\"ready\": false, \"trying\": true, "));
  EXPECT_EQ(Serving(kService), HealthCheckResponse::SERVING);
  EXPECT_THAT(told_, testing::ElementsAre("token"));
}

TEST_F(MonitorTest, HasAPageForPeopleAndWhatItShows) {
  thread_.Run([this] {
    ledger_.trouble = "the disk is full";
    history_.OnCommit(true, absl::Milliseconds(1));
  });
  const AdminAnswer page = Page("/");
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, testing::StartsWith("<!doctype html>"));
  const AdminAnswer status = Page("/status.json");
  EXPECT_EQ(status.status, 200);
  EXPECT_EQ(status.content_type, "application/json");
  EXPECT_THAT(status.body, testing::HasSubstr("the disk is full"));
  EXPECT_THAT(status.body, testing::HasSubstr("\"slowestCommit\": [0, "));
  EXPECT_THAT(status.body, testing::HasSubstr(", 0.001]"));
}

TEST_F(MonitorTest, ShowsTheStateOfTheMomentInItsMetrics) {
  thread_.Run([this] {
    metrics_.Collect([this] { return ReadingsOf(monitor_.Readiness()); });
    stack_.breaker = Breaker::State::kOpen;
  });
  const AdminAnswer page = Page("/metrics");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.content_type, "text/plain; version=0.0.4; charset=utf-8");
  const Scrape scrape = ReadPrometheusText(page.body);
  EXPECT_EQ(scrape.at("webex_gateway_ready{check=\"breaker\"}"), 0);
  EXPECT_EQ(scrape.at("webex_gateway_ready{check=\"token\"}"), 1);
}

}  // namespace
}  // namespace webex_gateway
