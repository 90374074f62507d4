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
    thread_.Run([this] { monitor_.Drain(); });
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
  WireCounts wire_;
  TokenHealth token_{.usable = true};
  LedgerHealth ledger_;
  Metrics metrics_{"1", absl::UnixEpoch()};
  History history_{clock_};
  RpcServer server_{thread_.loop(), clock_};
  HealthService health_{server_};
  Monitor monitor_{clock_,
                   {.version = "1", .started = absl::UnixEpoch(), .ledger = "sqlite", .admission = {}},
                   {.stack = [this] { return stack_; },
                    .wire = [this] { return wire_; },
                    .token = [this] { return token_; },
                    .certificate_expires_in = [] { return absl::Hours(2); },
                    .ledger = [this] { return ledger_; },
                    .log_lines_dropped = [] { return 7; },
                    .rpcs = [] { return RpcServer::Use{.calls = 3, .max_calls = 10, .watches = 1, .max_watches = 5}; },
                    .connections_refused = [] { return 11; },
                    .floods_ended = [] { return 8; },
                    .handshakes_failed = [] { return 9; }},
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

TEST_F(MonitorTest, TellsWhenItIsNotReadyAndWhenItIsAgain) {
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
  thread_.Run([this] { monitor_.Drain(); });
  EXPECT_EQ(Page("/livez").status, 200);
  EXPECT_EQ(Page("/readyz").status, 503);
  EXPECT_THAT(Page("/readyz").body, testing::HasSubstr("{\"name\": \"drain\", \"ok\": false"));
  EXPECT_EQ(Serving(""), HealthCheckResponse::NOT_SERVING);
  ASecondAfter([] {});
  EXPECT_EQ(Serving(kService), HealthCheckResponse::NOT_SERVING);
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
    wire_.sends = 3;
    stack_.admission.queued = 4;
    token_.token_expires_in = absl::Seconds(5);
    stack_.breaker = Breaker::State::kOpen;
    ledger_.counts = {.unknown = 1, .oldest_unknown = {{"id", clock_.WallNow() - absl::Minutes(2), "WEBEX_TIMEOUT"}}};
  });
  const AdminAnswer page = Page("/metrics");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.content_type, "text/plain; version=0.0.4; charset=utf-8");
  const Scrape scrape = ReadPrometheusText(page.body);
  EXPECT_EQ(scrape.at("webex_gateway_sends_total"), 3);
  EXPECT_EQ(scrape.at("webex_gateway_calls_queued"), 4);
  EXPECT_EQ(scrape.at("webex_gateway_log_lines_dropped_total"), 7);
  EXPECT_EQ(scrape.at("webex_gateway_floods_ended_total"), 8);
  EXPECT_EQ(scrape.at("webex_gateway_connections_refused_total"), 11);
  EXPECT_EQ(scrape.at("webex_gateway_rpc_places{kind=\"call\",state=\"free\"}"), 7);
  EXPECT_EQ(scrape.at("webex_gateway_rpc_places{kind=\"watch\",state=\"taken\"}"), 1);
  EXPECT_EQ(scrape.at("webex_gateway_handshakes_failed_total"), 9);
  EXPECT_EQ(scrape.at("webex_gateway_token_expires_in_seconds{token=\"access\"}"), 5);
  EXPECT_EQ(scrape.at("webex_gateway_certificate_expires_in_seconds"), 7200);
  EXPECT_EQ(scrape.at("webex_gateway_ready{check=\"breaker\"}"), 0);
  EXPECT_EQ(scrape.at("webex_gateway_ready{check=\"token\"}"), 1);
  EXPECT_EQ(scrape.at("webex_gateway_ledger_operations{state=\"unknown\"}"), 1);
  EXPECT_EQ(scrape.at("webex_gateway_ledger_oldest_unknown_seconds"), 120);
  EXPECT_GT(scrape.at("process_resident_memory_bytes"), 1 << 20);
}

}  // namespace
}  // namespace webex_gateway
