#include "server/ops/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <memory>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/base/error.h"
#include "server/base/process.h"
#include "server/http/readings.h"
#include "server/ledger/readings.h"
#include "server/ops/log.h"
#include "server/ops/readiness.h"
#include "server/rpc/readings.h"
#include "tests/server/testing/fake_clock.h"
#include "tests/server/testing/prometheus_text.h"

namespace webex_gateway {
namespace {

constexpr char kProvision[] = "/webex.broadworks.v1.WorkspaceService/ProvisionWorkspace";
constexpr char kProvisionLabels[] =
    "grpc_method=\"ProvisionWorkspace\",grpc_service=\"webex.broadworks.v1.WorkspaceService\",grpc_type=\"unary\"";
constexpr char kUnknownLabels[] = "grpc_method=\"unknown\",grpc_service=\"unknown\",grpc_type=\"unknown\"";
constexpr double kInfinity = std::numeric_limits<double>::infinity();

class MetricsTest : public testing::Test {
 protected:
  MetricsTest() {
    metrics_.OnMethod(kProvision, RpcType::kUnary);
    metrics_.OnMethod("/grpc.health.v1.Health/Watch", RpcType::kServerStream);
    metrics_.Collect([this] { return ReadingsOf(wire_); });
    metrics_.Collect([this] { return ReadingsOf(stack_); });
    metrics_.Collect([this] { return ReadingsOf(token_); });
    metrics_.Collect([this] { return ReadingsOf(ledger_, now_); });
    metrics_.Collect([this] { return ReadingsOf("sqlite", volume_); });
    metrics_.Collect([this] { return ReadingsOf(callers_); });
    metrics_.Collect([this] { return ReadingsOf(certificate_.get(), now_); });
    metrics_.Collect([this] { return ReadingsOf(checks_); });
    metrics_.Collect([this] { return ReadingsOf(log_); });
    metrics_.Collect([this] { return ReadingsOf(process_); });
  }

  Scrape Read() const { return ReadPrometheusText(metrics_.Text()); }

  void Attempted(const absl::StatusOr<HttpAnswer>& result, absl::string_view stage = "attempt") {
    const Call call;
    metrics_.OnSent({stage, "POST", call, result, absl::Milliseconds(300)});
  }

  void Answered(const absl::Status& status, bool validated_only = false) {
    metrics_.OnAnswered({"ProvisionWorkspace", status, "", "", 1, validated_only, absl::Milliseconds(300)});
  }

  Metrics metrics_{"1.2.3", absl::FromUnixSeconds(1'700'000'000)};
  Loop loop_;
  FakeClock clock_{loop_};
  absl::Time now_ = absl::FromUnixSeconds(1'700'000'100);
  WireCounts wire_;
  StackStatus stack_{.pace = kInfinity};
  TokenHealth token_;
  LedgerCounts ledger_;
  std::optional<VolumeUse> volume_;
  RpcServer::Counts callers_;
  std::unique_ptr<ServerCertificate> certificate_;
  std::vector<Check> checks_{{"token", ""}, {"breaker", "open"}};
  Log log_{{}, absl::UnixEpoch, STDERR_FILENO};
  ProcessUse process_;
};

TEST_F(MetricsTest, HasEveryCounterAtZeroFromTheStart) {
  const Scrape scrape = Read();
  for (const auto& [name, value] : scrape.series) {
    const std::string family = name.substr(0, name.find('{'));
    if (scrape.types.count(family) > 0 && scrape.types.at(family) == "counter") {
      EXPECT_EQ(value, 0) << name;
    }
  }
  for (const char* name :
       {"webex_gateway_attempts_total{result=\"200\"}",
        "webex_gateway_attempts_total{result=\"5xx\"}",
        "webex_gateway_attempts_total{result=\"unreachable\"}",
        "webex_gateway_retries_total{cause=\"failed\"}",
        "webex_gateway_orders_total{method=\"ProvisionWorkspace\",outcome=\"unknown\",reason=\"WEBEX_ANSWER_LOST\"}",
        "webex_gateway_orders_total{method=\"ProvisionWorkspace\",outcome=\"unknown\",reason=\"OUTCOME_UNKNOWN\"}",
        R"(webex_gateway_orders_total{method="ProvisionWorkspace",outcome="not_applied",reason="LEDGER_UNAVAILABLE"})",
        "webex_gateway_sends_total",
        "webex_gateway_vetoed_resends_total",
        "webex_gateway_stale_connections_total",
        "webex_gateway_too_long_answers_total",
        "webex_gateway_log_lines_dropped_total",
        "webex_gateway_floods_ended_total",
        "webex_gateway_connections_refused_total",
        "webex_gateway_rpc_places{kind=\"call\",state=\"taken\"}",
        "webex_gateway_rpcs_refused_total{kind=\"call\"}",
        "webex_gateway_rpcs_refused_total{kind=\"watch\"}",
        "webex_gateway_rpc_places{kind=\"watch\",state=\"free\"}",
        "webex_gateway_contradicted_orders_total",
        "webex_gateway_handshakes_failed_total",
        "webex_gateway_attempt_seconds_count",
        "webex_gateway_ledger_commits_total{result=\"ok\"}",
        "webex_gateway_ledger_commits_total{result=\"failed\"}",
        "webex_gateway_ledger_commit_seconds_count",
        "webex_gateway_ledger_operations{state=\"in_flight\"}",
        "webex_gateway_ledger_operations{state=\"succeeded\"}",
        "webex_gateway_ledger_operations{state=\"failed\"}",
        "webex_gateway_ledger_operations{state=\"unknown\"}",
        "webex_gateway_ledger_operations{state=\"unknown_repeatable\"}",
        "webex_gateway_ledger_oldest_unknown_seconds"}) {
    EXPECT_EQ(scrape.at(name), 0) << name;
  }
  for (const char* labels : {kProvisionLabels, kUnknownLabels}) {
    EXPECT_EQ(scrape.at(absl::StrCat("grpc_server_started_total{", labels, "}")), 0);
    EXPECT_EQ(scrape.at(absl::StrCat("grpc_server_handled_total{grpc_code=\"DeadlineExceeded\",", labels, "}")), 0);
    EXPECT_EQ(scrape.at(absl::StrCat("grpc_server_handling_seconds_count{", labels, "}")), 0);
    EXPECT_EQ(scrape.at(absl::StrCat("webex_gateway_rpcs_in_flight{", labels, "}")), 0);
  }
}

TEST_F(MetricsTest, HasEveryRowOfTheErrorTablesAtZeroFromTheStart) {
  // These are no order's.
  const std::set<std::string> others = {"CALLER_NOT_ALLOWED", "CALLER_NOT_RESOLVER", "UNKNOWN_METHOD",
                                        "LEDGER_NOT_KEPT",    "OPERATION_NOT_FOUND", "OPERATION_NOT_UNKNOWN"};
  std::ifstream page(WEBEX_GATEWAY_ERROR_TABLES);
  const Scrape scrape = Read();
  int rows = 0;
  for (std::string line; std::getline(page, line);) {
    const std::vector<std::string> cells = absl::StrSplit(line, '|');  // "", Webex answers, code, reason, outcome, ...
    if (cells.size() < 6 || cells[3].size() < 4 || !absl::ascii_isupper(cells[3][2])) continue;
    const std::string reason = cells[3].substr(2, cells[3].rfind('`') - 2);
    if (others.count(reason) > 0) continue;
    for (const char* outcome : {"not_applied", "unchanged", "unknown"}) {
      if (!absl::StrContains(cells[4], outcome)) continue;
      // Refused before it is known to be an order.
      if (reason == "GATEWAY_OVERLOADED" && outcome == std::string("unchanged")) continue;
      // An answer to somebody's word.
      if (reason == "OPERATION_MAY_STILL_BE_SENT" && outcome == std::string("not_applied")) continue;
      scrape.at(absl::StrCat("webex_gateway_orders_total{method=\"ProvisionWorkspace\",outcome=\"", outcome,
                             "\",reason=\"", reason, "\"}"));
      ++rows;
    }
  }
  EXPECT_GE(rows, 30) << "proto/README.md's error tables were not found";
}

TEST_F(MetricsTest, CountsRpcsByMethodAndCode) {
  for (int i = 0; i < 3; ++i) metrics_.OnStarted(kProvision);
  metrics_.OnHandled(kProvision, absl::StatusCode::kOk, absl::Milliseconds(300));
  metrics_.OnHandled(kProvision, absl::StatusCode::kAlreadyExists, absl::Seconds(3));
  const Scrape scrape = Read();
  const std::string labels = kProvisionLabels;
  EXPECT_EQ(scrape.at("grpc_server_started_total{" + labels + "}"), 3);
  EXPECT_EQ(scrape.at("grpc_server_handled_total{grpc_code=\"OK\"," + labels + "}"), 1);
  EXPECT_EQ(scrape.at("grpc_server_handled_total{grpc_code=\"AlreadyExists\"," + labels + "}"), 1);
  EXPECT_EQ(scrape.Sum("grpc_server_handled_total"), 2);
  EXPECT_EQ(scrape.at("webex_gateway_rpcs_in_flight{" + labels + "}"), 1);
  EXPECT_EQ(scrape.at("grpc_server_handling_seconds_bucket{" + labels + ",le=\"0.25\"}"), 0);
  EXPECT_EQ(scrape.at("grpc_server_handling_seconds_bucket{" + labels + ",le=\"0.5\"}"), 1);
  EXPECT_EQ(scrape.at("grpc_server_handling_seconds_bucket{" + labels + ",le=\"+Inf\"}"), 2);
  EXPECT_NEAR(scrape.at("grpc_server_handling_seconds_sum{" + labels + "}"), 3.3, 1e-9);
}

TEST_F(MetricsTest, CountsUnknownMethodsTogether) {
  metrics_.OnStarted("");
  metrics_.OnHandled("", absl::StatusCode::kUnimplemented, absl::ZeroDuration());
  EXPECT_EQ(Read().at(absl::StrCat("grpc_server_handled_total{grpc_code=\"Unimplemented\",", kUnknownLabels, "}")), 1);
}

TEST_F(MetricsTest, CountsAttemptsByStatusOrFailure) {
  Attempted(HttpAnswer{200, {}, ""});
  Attempted(HttpAnswer{200, {}, ""}, "call");  // what is round the attempts is no attempt
  Attempted(HttpAnswer{429, {}, ""});
  Attempted(SendError(SendFailure::kAnswerLost, "the wire's words"));
  const Scrape scrape = Read();
  EXPECT_EQ(scrape.at("webex_gateway_attempts_total{result=\"200\"}"), 1);
  EXPECT_EQ(scrape.at("webex_gateway_attempts_total{result=\"429\"}"), 1);
  EXPECT_EQ(scrape.at("webex_gateway_attempts_total{result=\"answer_lost\"}"), 1);
  EXPECT_EQ(scrape.Sum("webex_gateway_attempts_total"), 3);
  EXPECT_EQ(scrape.at("webex_gateway_attempt_seconds_count"), 3);
  EXPECT_EQ(scrape.at("webex_gateway_attempt_seconds_bucket{le=\"0.5\"}"), 3);
  EXPECT_EQ(scrape.at("webex_gateway_attempt_seconds_bucket{le=\"0.25\"}"), 0);
}

TEST_F(MetricsTest, CountsRefreshesOfTheTokenApart) {
  Attempted(HttpAnswer{400, {}, ""}, "refresh");
  const Scrape scrape = Read();
  EXPECT_EQ(scrape.at("webex_gateway_token_refreshes_total{result=\"400\"}"), 1);
  EXPECT_EQ(scrape.Sum("webex_gateway_token_refreshes_total"), 1);
  EXPECT_EQ(scrape.Sum("webex_gateway_attempts_total"), 0);
  EXPECT_EQ(scrape.at("webex_gateway_attempt_seconds_count"), 0);
}

TEST_F(MetricsTest, MakesNoSeriesOfAStatusThatWebexMadeUp) {
  const size_t before = Read().series.size();
  for (int status = -1; status < 1200; ++status) Attempted(HttpAnswer{status, {}, ""});
  const Scrape scrape = Read();
  EXPECT_EQ(scrape.series.size(), before);
  EXPECT_EQ(scrape.at("webex_gateway_attempts_total{result=\"5xx\"}"), 95);  // 500 to 599 but the five with names
  EXPECT_EQ(scrape.at("webex_gateway_attempts_total{result=\"other\"}"), 701);
}

TEST_F(MetricsTest, CountsRetriesByCause) {
  metrics_.OnRetry(RetryCause::kRateLimited);
  metrics_.OnRetry(RetryCause::kRateLimited);
  metrics_.OnRetry(RetryCause::kToken);
  const Scrape scrape = Read();
  EXPECT_EQ(scrape.at("webex_gateway_retries_total{cause=\"rate_limited\"}"), 2);
  EXPECT_EQ(scrape.at("webex_gateway_retries_total{cause=\"token\"}"), 1);
  EXPECT_EQ(scrape.Sum("webex_gateway_retries_total"), 3);
}

TEST_F(MetricsTest, CountsOrdersByOutcomeAndReason) {
  Answered(absl::OkStatus());
  Answered(absl::OkStatus(), /*validated_only=*/true);
  Answered(
      ToStatus({.code = absl::StatusCode::kUnavailable, .reason = "WEBEX_OVERLOADED", .outcome = Outcome::kUnknown}));
  Answered(absl::InternalError("without details"));
  const Scrape scrape = Read();
  EXPECT_EQ(scrape.at("webex_gateway_orders_total{method=\"ProvisionWorkspace\",outcome=\"applied\",reason=\"\"}"), 1);
  EXPECT_EQ(scrape.at("webex_gateway_orders_total{method=\"ProvisionWorkspace\",outcome=\"validated\",reason=\"\"}"),
            1);
  EXPECT_EQ(
      scrape.at(
          "webex_gateway_orders_total{method=\"ProvisionWorkspace\",outcome=\"unknown\",reason=\"WEBEX_OVERLOADED\"}"),
      1);
  EXPECT_EQ(scrape.at("webex_gateway_orders_total{method=\"ProvisionWorkspace\",outcome=\"not_applied\",reason=\"WEBEX_"
                      "OVERLOADED\"}"),
            0);
  EXPECT_EQ(scrape.at("webex_gateway_orders_total{method=\"ProvisionWorkspace\",outcome=\"unknown\",reason=\"\"}"), 1);
  EXPECT_EQ(scrape.Sum("webex_gateway_orders_total"), 4);
  for (const char* method : {"UpdateWorkspace", "RemoveWorkspace"}) {
    EXPECT_EQ(
        scrape.at(absl::StrCat("webex_gateway_orders_total{method=\"", method, "\",outcome=\"applied\",reason=\"\"}")),
        0);
  }
}

TEST_F(MetricsTest, DoesNotCountWhatIsAboutOrdersOnRecordAsAnOrder) {
  const absl::Status status;
  metrics_.OnAnswered({.method = "GetOperation", .status = status, .is_order = false});
  EXPECT_EQ(Read().Sum("webex_gateway_orders_total"), 0);
}

TEST_F(MetricsTest, ReadsTheWireAndTheStackAtTheScrape) {
  wire_ = {.sends = 7, .vetoed_resends = 1, .stale = 2, .too_long = 3};
  stack_ = {.admission = {.under_way = 4, .queued = 5},
            .pace = 2.5,
            .limit = BelievedLimit{.per_second = 3.5, .burst = 20, .measured = true},
            .paused = absl::Milliseconds(1500),
            .breaker = Breaker::State::kHalfOpen};
  const Scrape scrape = Read();
  EXPECT_EQ(scrape.at("webex_gateway_sends_total"), 7);
  EXPECT_EQ(scrape.at("webex_gateway_vetoed_resends_total"), 1);
  EXPECT_EQ(scrape.at("webex_gateway_stale_connections_total"), 2);
  EXPECT_EQ(scrape.at("webex_gateway_too_long_answers_total"), 3);
  EXPECT_EQ(scrape.at("webex_gateway_calls_in_flight"), 4);
  EXPECT_EQ(scrape.at("webex_gateway_calls_queued"), 5);
  EXPECT_EQ(scrape.at("webex_gateway_pace_requests_per_second"), 2.5);
  EXPECT_EQ(scrape.at("webex_gateway_limit_requests_per_second"), 3.5);
  EXPECT_EQ(scrape.at("webex_gateway_limit_burst_requests"), 20);
  EXPECT_EQ(scrape.at("webex_gateway_limit_measured"), 1);
  EXPECT_EQ(scrape.at("webex_gateway_pause_seconds"), 1.5);
  EXPECT_EQ(scrape.at("webex_gateway_breaker_state{state=\"half_open\"}"), 1);
  EXPECT_EQ(scrape.at("webex_gateway_breaker_state{state=\"closed\"}"), 0);
  EXPECT_EQ(scrape.at("webex_gateway_breaker_state{state=\"open\"}"), 0);
  EXPECT_EQ(scrape.at("webex_gateway_ready{check=\"token\"}"), 1);
  EXPECT_EQ(scrape.at("webex_gateway_ready{check=\"breaker\"}"), 0);
}

TEST_F(MetricsTest, CountsCommitsOfTheLedgerAndTheTimeTheyTake) {
  metrics_.OnCommit(true, absl::Milliseconds(2));
  metrics_.OnCommit(true, absl::Milliseconds(20));
  metrics_.OnCommit(false, absl::Seconds(5));
  const Scrape scrape = Read();
  EXPECT_EQ(scrape.at("webex_gateway_ledger_commits_total{result=\"ok\"}"), 2);
  EXPECT_EQ(scrape.at("webex_gateway_ledger_commits_total{result=\"failed\"}"), 1);
  EXPECT_EQ(scrape.at("webex_gateway_ledger_commit_seconds_count"), 2);
  EXPECT_EQ(scrape.at("webex_gateway_ledger_commit_seconds_bucket{le=\"0.0025\"}"), 1);
}

TEST_F(MetricsTest, ReadsTheLedgersCountsAtTheScrape) {
  ledger_ = {.in_flight = 1,
             .succeeded = 2,
             .failed = 3,
             .unknown = 4,
             .unknown_repeatable = 5,
             .oldest_unknown = {{"a", absl::FromUnixSeconds(1'700'000'000), "WEBEX_TIMEOUT"},
                                {"b", absl::FromUnixSeconds(1'700'000'050), "WEBEX_TIMEOUT"}}};
  const Scrape scrape = Read();
  EXPECT_EQ(scrape.at("webex_gateway_ledger_operations{state=\"in_flight\"}"), 1);
  EXPECT_EQ(scrape.at("webex_gateway_ledger_operations{state=\"succeeded\"}"), 2);
  EXPECT_EQ(scrape.at("webex_gateway_ledger_operations{state=\"failed\"}"), 3);
  EXPECT_EQ(scrape.at("webex_gateway_ledger_operations{state=\"unknown\"}"), 4);
  EXPECT_EQ(scrape.at("webex_gateway_ledger_operations{state=\"unknown_repeatable\"}"), 5);
  EXPECT_EQ(scrape.at("webex_gateway_ledger_oldest_unknown_seconds"), 100);
  now_ = absl::FromUnixSeconds(1'600'000'000);  // clocks differ
  EXPECT_EQ(Read().at("webex_gateway_ledger_oldest_unknown_seconds"), 0);
}

TEST_F(MetricsTest, ReadsTheLedgersKindAndItsVolumeAtTheScrape) {
  EXPECT_EQ(Read().at("webex_gateway_ledger_kind{kind=\"sqlite\"}"), 1);
  EXPECT_EQ(Read().at("webex_gateway_ledger_kind{kind=\"postgresql\"}"), 0);
  EXPECT_TRUE(std::isnan(Read().at("webex_gateway_ledger_volume_free_bytes")));
  volume_ = VolumeUse{.free_bytes = 300, .bytes = 1000};
  EXPECT_EQ(Read().at("webex_gateway_ledger_volume_free_bytes"), 300);
  EXPECT_EQ(Read().at("webex_gateway_ledger_volume_bytes"), 1000);
}

TEST_F(MetricsTest, KnowsTheLimitOfMemory) {
  EXPECT_TRUE(std::isnan(Read().at("webex_gateway_memory_limit_bytes")));
  process_.memory_limit_bytes = 1000;
  EXPECT_EQ(Read().at("webex_gateway_memory_limit_bytes"), 1000);
}

TEST_F(MetricsTest, SaysWhereThereIsNoLimitAndWhereALifetimeIsNotKnown) {
  const Scrape scrape = Read();
  EXPECT_EQ(scrape.at("webex_gateway_pace_requests_per_second"), kInfinity);
  EXPECT_TRUE(std::isnan(scrape.at("webex_gateway_limit_requests_per_second")));
  EXPECT_TRUE(std::isnan(scrape.at("webex_gateway_limit_burst_requests")));
  EXPECT_TRUE(std::isnan(scrape.at("webex_gateway_limit_measured")));
  EXPECT_TRUE(std::isnan(scrape.at("webex_gateway_token_expires_in_seconds{token=\"access\"}")));
  EXPECT_TRUE(std::isnan(scrape.at("webex_gateway_token_expires_in_seconds{token=\"refresh\"}")));
  EXPECT_TRUE(std::isnan(scrape.at("webex_gateway_certificate_expires_in_seconds")));
}

TEST_F(MetricsTest, ReadsWhatCallersTakeAtTheScrape) {
  callers_ = {
      .use = {.calls = 3, .max_calls = 10, .watches = 1, .max_watches = 5, .refused_calls = 6, .refused_watches = 2},
      .floods_ended = 8,
      .connections_refused = 11,
      .handshakes_failed = 9};
  const Scrape scrape = Read();
  EXPECT_EQ(scrape.at("webex_gateway_rpc_places{kind=\"call\",state=\"taken\"}"), 3);
  EXPECT_EQ(scrape.at("webex_gateway_rpc_places{kind=\"call\",state=\"free\"}"), 7);
  EXPECT_EQ(scrape.at("webex_gateway_rpc_places{kind=\"watch\",state=\"taken\"}"), 1);
  EXPECT_EQ(scrape.at("webex_gateway_rpc_places{kind=\"watch\",state=\"free\"}"), 4);
  EXPECT_EQ(scrape.at("webex_gateway_rpcs_refused_total{kind=\"call\"}"), 6);
  EXPECT_EQ(scrape.at("webex_gateway_rpcs_refused_total{kind=\"watch\"}"), 2);
  EXPECT_EQ(scrape.at("webex_gateway_floods_ended_total"), 8);
  EXPECT_EQ(scrape.at("webex_gateway_connections_refused_total"), 11);
  EXPECT_EQ(scrape.at("webex_gateway_handshakes_failed_total"), 9);
}

TEST_F(MetricsTest, SaysHowLongTheCertificateLasts) {
  const TlsIdentity identity{.expires = now_ + absl::Hours(2)};
  certificate_ = std::make_unique<ServerCertificate>(
      clock_, identity, [identity] { return identity; }, [](const std::string&, bool) {});
  EXPECT_EQ(Read().at("webex_gateway_certificate_expires_in_seconds"), 7200);
}

TEST_F(MetricsTest, SaysHowLongTheTokensLastAndForHowLongTheyHaveBeenOver) {
  token_ = {.token_expires_in = absl::Hours(1), .refresh_token_expires_in = -absl::Seconds(5)};
  const Scrape scrape = Read();
  EXPECT_EQ(scrape.at("webex_gateway_token_expires_in_seconds{token=\"access\"}"), 3600);
  EXPECT_EQ(scrape.at("webex_gateway_token_expires_in_seconds{token=\"refresh\"}"), -5);
}

TEST_F(MetricsTest, NamesTheVersionAndTheProcess) {
  process_ = {.resident_bytes = 1 << 20, .open_fds = 9, .max_fds = 1024, .cpu = absl::Milliseconds(250)};
  const Scrape scrape = Read();
  EXPECT_EQ(scrape.at("webex_gateway_build_info{version=\"1.2.3\"}"), 1);
  EXPECT_EQ(scrape.at("process_start_time_seconds"), 1'700'000'000);
  EXPECT_EQ(scrape.at("process_resident_memory_bytes"), 1 << 20);
  EXPECT_EQ(scrape.at("process_open_fds"), 9);
  EXPECT_EQ(scrape.at("process_max_fds"), 1024);
  EXPECT_EQ(scrape.at("process_cpu_seconds_total"), 0.25);
}

// What `promtool check metrics` would find; it comes with all of Prometheus, which is too much to install for this.
TEST_F(MetricsTest, KeepsPrometheusRulesForNames) {
  const Scrape scrape = Read();
  for (const auto& [family, type] : scrape.types) {
    EXPECT_THAT(family, testing::MatchesRegex("(grpc_server|webex_gateway|process)_[a-z_]*[a-z]"));
    EXPECT_THAT(family, testing::Not(testing::ContainsRegex("milli|micro|nano|minutes|hours|percent|kilo")));
    EXPECT_THAT(family, testing::Not(testing::ContainsRegex("counter|gauge|histogram")));
    EXPECT_THAT(type, testing::AnyOf("counter", "gauge", "histogram")) << family;
    EXPECT_EQ(type == "counter", absl::EndsWith(family, "_total")) << family;
    EXPECT_TRUE(scrape.helps.count(family) > 0 && !scrape.helps.at(family).empty()) << family;
  }
  for (const auto& [name, value] : scrape.series) {
    absl::string_view family = absl::string_view(name).substr(0, name.find('{'));
    if (scrape.types.count(std::string(family)) > 0) continue;
    EXPECT_TRUE(absl::ConsumeSuffix(&family, "_bucket") || absl::ConsumeSuffix(&family, "_sum") ||
                absl::ConsumeSuffix(&family, "_count"))
        << name;
    EXPECT_EQ(scrape.types.at(std::string(family)), "histogram") << name;
  }
}

}  // namespace
}  // namespace webex_gateway
