#include "client/batch_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "client/batch_policy.h"
#include "client/content_id.h"
#include "tests/client/fake_gateway.h"
#include "webex_gateway/channel.h"

namespace webex_gateway::client {
namespace {

using testing::HasSubstr;

std::vector<BatchOrder> Orders(size_t count) {
  std::string text = "provisioningId,userId,spEnterpriseId,displayName\n";
  for (size_t i = 0; i < count; ++i) absl::StrAppend(&text, "p,user-", i, ",e,Room\n");
  return ReadBatchFile(text, {}).orders;
}

google::rpc::RetryInfo RetryAfter(absl::Duration delay) {
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_nanos(static_cast<int>(absl::ToInt64Nanoseconds(delay)));
  return retry;
}

class BatchRunTest : public testing::Test {
 protected:
  BatchOutcome Run(const std::vector<BatchOrder>& orders, BatchSettings settings = {}) {
    const std::shared_ptr<grpc::Channel> channel = Connect({.address = gateway_.address()}).value();
    if (is_there_) channel->WaitForConnected(std::chrono::system_clock::time_point::max());
    return RunBatchOrders(channel, orders, settings,
                          {.on_result =
                               [this](size_t number, const BatchResult& result) {
                                 EXPECT_EQ(results_.count(number), 0u) << "a second result of " << number;
                                 results_[number] = std::string(OutcomeText(result));
                                 return keep_results_;
                               },
                           .on_progress =
                               [this](const BatchProgress& progress) {
                                 EXPECT_LE(progress.under_way, 32u);
                                 waited_for_.insert(progress.waits_for);
                                 webex_limits_.insert(progress.webex_limit);
                               },
                           .interrupted = [this] { return interrupted_.load(); }});
  }

  std::map<std::string, int> Counts() const {
    std::map<std::string, int> counts;
    for (const auto& [number, outcome] : results_) ++counts[outcome];
    return counts;
  }

  // The first answer to each order is this; then each is taken.
  void FailOnce(const grpc::Status& status) {
    gateway_.OnOrder([this, status](grpc::ServerContext&, FakeGateway::Workspace& workspace) {
      if (answers_++ % 2 == 0) return status;
      workspace.set_id("w");
      return grpc::Status::OK;
    });
  }

  FakeGateway gateway_;
  std::atomic<int> answers_ = 0;
  std::map<size_t, std::string> results_;
  std::set<std::string> waited_for_;
  std::set<std::optional<double>> webex_limits_;
  std::atomic<bool> interrupted_ = false;
  bool keep_results_ = true;
  bool is_there_ = true;  // the gateway
};

TEST_F(BatchRunTest, SendsEveryOrderOnce) {
  const std::vector<BatchOrder> orders = Orders(500);
  EXPECT_EQ(Run(orders).stop, BatchStop::kNot);
  EXPECT_EQ(Counts(), (std::map<std::string, int>{{"applied", 500}}));
  std::set<std::string> ids;
  for (const FakeGateway::Order& order : gateway_.orders()) ids.insert(order.request_id());
  EXPECT_EQ(gateway_.orders().size(), 500u);
  EXPECT_EQ(ids.size(), 500u);
  EXPECT_EQ(ids.count(orders[7].request_id()), 1u);
}

TEST_F(BatchRunTest, HasSoManyUnderWayAndNoMore) {
  std::atomic<int> under_way = 0, most = 0;
  gateway_.OnOrder([&](grpc::ServerContext&, FakeGateway::Workspace&) {
    const int now = ++under_way;
    for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
    }
    --under_way;
    return grpc::Status::OK;
  });
  EXPECT_EQ(Run(Orders(100), {.in_flight = 3}).stop, BatchStop::kNot);
  EXPECT_LE(most, 3);
  EXPECT_EQ(Counts()["applied"], 100);
}

TEST_F(BatchRunTest, SendsAgainUnderTheSameIdWhatHadNoEffect) {
  const auto info = Info("WEBEX_RATE_LIMITED", {{"outcome", "not_applied"}});
  const auto retry = RetryAfter(absl::Milliseconds(1));
  FailOnce(Failure(grpc::StatusCode::RESOURCE_EXHAUSTED, "slower", {&info, &retry}));
  const std::vector<BatchOrder> orders = Orders(1);
  EXPECT_EQ(Run(orders).stop, BatchStop::kNot);
  EXPECT_EQ(results_.at(0), "applied");
  ASSERT_EQ(gateway_.orders().size(), 2u);
  EXPECT_EQ(gateway_.orders()[1].request_id(), orders[0].request_id());
  EXPECT_EQ(waited_for_.count("WEBEX_RATE_LIMITED"), 1u);
}

TEST_F(BatchRunTest, SendsOnceMoreAgainAndAgainUntilItHasAnEffect) {
  const auto info = Info("WEBEX_CIRCUIT_OPEN", {{"outcome", "unknown"}});
  const auto retry = RetryAfter(absl::Milliseconds(1));
  FailOnce(Failure(grpc::StatusCode::UNAVAILABLE, "later", {&info, &retry}));
  EXPECT_EQ(Run(Orders(30), {.in_flight = 1, .if_unknown = FakeGateway::Order::REPEAT}).stop, BatchStop::kNot);
  EXPECT_EQ(Counts(), (std::map<std::string, int>{{"applied", 30}}));
  EXPECT_EQ(gateway_.orders().size(), 60u);
  for (const FakeGateway::Order& order : gateway_.orders()) {
    EXPECT_EQ(order.if_unknown(), FakeGateway::Order::REPEAT);
  }
}

TEST_F(BatchRunTest, StaysUnknownThoughItsLastAnswerIsThatNothingHasChanged) {
  const auto sent = Info("DEADLINE_AFTER_SENT", {{"outcome", "unknown"}});
  const auto full = Info("LEDGER_UNAVAILABLE", {{"outcome", "unchanged"}});
  const auto retry = RetryAfter(absl::Milliseconds(1));
  const grpc::Status first = Failure(grpc::StatusCode::DEADLINE_EXCEEDED, "later", {&sent});
  const grpc::Status second = Failure(grpc::StatusCode::UNAVAILABLE, "full", {&full, &retry});
  gateway_.OnOrder([&](grpc::ServerContext&, FakeGateway::Workspace&) {
    if (answers_++ == 0) return first;
    interrupted_ = true;
    return second;
  });
  EXPECT_EQ(Run(Orders(1)).stop, BatchStop::kInterrupted);
  EXPECT_EQ(results_.at(0), "unknown");
}

TEST_F(BatchRunTest, AsksAgainWhereTheAnswerIsOnRecordSoon) {
  const auto info = Info("DEADLINE_AFTER_SENT", {{"outcome", "unknown"}});
  FailOnce(Failure(grpc::StatusCode::DEADLINE_EXCEEDED, "later", {&info}));
  Run(Orders(1));
  EXPECT_EQ(results_.at(0), "applied");
  EXPECT_EQ(gateway_.orders().size(), 2u);
}

TEST_F(BatchRunTest, LeavesAnUnknownOrderToAPerson) {
  const auto info = Info("WEBEX_INTERNAL", {{"outcome", "unknown"}});
  gateway_.Fail(Failure(grpc::StatusCode::INTERNAL, "500", {&info}));
  EXPECT_EQ(Run(Orders(3)).stop, BatchStop::kNot);
  EXPECT_EQ(Counts(), (std::map<std::string, int>{{"unknown", 3}}));
  EXPECT_EQ(gateway_.orders().size(), 3u);
}

TEST_F(BatchRunTest, StopsIfNoRowCanFixTheFault) {
  const auto info = Info("WEBEX_UNAUTHENTICATED", {{"outcome", "not_applied"}});
  gateway_.Fail(Failure(grpc::StatusCode::UNAUTHENTICATED, "token", {&info}));
  const BatchOutcome outcome = Run(Orders(500), {.in_flight = 8});
  EXPECT_EQ(outcome.stop, BatchStop::kLostCause);
  EXPECT_THAT(outcome.why, HasSubstr("WEBEX_UNAUTHENTICATED"));
  EXPECT_LE(gateway_.orders().size(), 28u);
  EXPECT_EQ(results_.size(), 500u);
  EXPECT_EQ(Counts()["not_applied"], static_cast<int>(gateway_.orders().size()));
  EXPECT_EQ(Counts()["not_sent"], 500 - static_cast<int>(gateway_.orders().size()));
}

TEST_F(BatchRunTest, AnInterruptLetsThoseUnderWayEndAndBeginsNoOthers) {
  gateway_.OnOrder([this](grpc::ServerContext&, FakeGateway::Workspace&) {
    if (++answers_ == 10) interrupted_ = true;
    return grpc::Status::OK;
  });
  EXPECT_EQ(Run(Orders(500), {.in_flight = 4}).stop, BatchStop::kInterrupted);
  EXPECT_EQ(results_.size(), 500u);
  EXPECT_EQ(Counts()["applied"], static_cast<int>(gateway_.orders().size()));
  EXPECT_LT(gateway_.orders().size(), 30u);
}

TEST_F(BatchRunTest, AnInterruptEndsThoseThatWaitWithTheirLastAnswer) {
  const auto info = Info("WEBEX_CIRCUIT_OPEN", {{"outcome", "not_applied"}});
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(3600);
  const grpc::Status status = Failure(grpc::StatusCode::UNAVAILABLE, "open", {&info, &retry});
  gateway_.OnOrder([this, status](grpc::ServerContext&, FakeGateway::Workspace&) {
    interrupted_ = ++answers_ == 2;
    return status;
  });
  EXPECT_EQ(Run(Orders(2), {.in_flight = 2}).stop, BatchStop::kInterrupted);
  EXPECT_EQ(Counts(), (std::map<std::string, int>{{"not_applied", 2}}));
}

TEST_F(BatchRunTest, GivesTheRestUpWhenNoneEndsForLong) {
  const auto info = Info("WEBEX_CIRCUIT_OPEN", {{"outcome", "not_applied"}});
  const auto retry = RetryAfter(absl::Milliseconds(1));
  gateway_.Fail(Failure(grpc::StatusCode::UNAVAILABLE, "open", {&info, &retry}));
  const BatchOutcome outcome = Run(Orders(5), {.in_flight = 2, .patience = absl::Milliseconds(1)});
  EXPECT_EQ(outcome.stop, BatchStop::kNoProgress);
  EXPECT_EQ(Counts(), (std::map<std::string, int>{{"not_applied", 2}, {"not_sent", 3}}));
}

TEST_F(BatchRunTest, SendsNothingWithoutAConnection) {
  gateway_.Stop();
  is_there_ = false;
  EXPECT_EQ(Run(Orders(3), {.patience = absl::Milliseconds(1)}).stop, BatchStop::kUnreachable);
  EXPECT_EQ(Counts(), (std::map<std::string, int>{{"not_sent", 3}}));
}

TEST_F(BatchRunTest, StopsWhereAResultCannotBeKept) {
  keep_results_ = false;
  EXPECT_EQ(Run(Orders(100), {.in_flight = 2}).stop, BatchStop::kNotKept);
  EXPECT_LE(gateway_.orders().size(), 2u);
  EXPECT_EQ(results_.size(), 100u);
}

// Of the orders, in the order in which they came.
std::vector<int> IfUnknownOf(const FakeGateway& gateway) {
  std::vector<int> words;
  for (const FakeGateway::Order& order : gateway.orders()) words.push_back(order.if_unknown());
  return words;
}

TEST_F(BatchRunTest, HasAnUnknownOrderSentOnceMoreAndNoFurtherTime) {
  constexpr auto kRepeat = FakeGateway::Order::REPEAT;
  constexpr auto kUnsaid = FakeGateway::Order::IF_UNKNOWN_UNSPECIFIED;
  const auto away = Info("LEDGER_UNAVAILABLE", {{"outcome", "unchanged"}});
  const auto retry = RetryAfter(absl::Milliseconds(1));
  const auto late = Info("DEADLINE_AFTER_SENT", {{"outcome", "unknown"}});
  const grpc::Status answers[] = {Failure(grpc::StatusCode::UNAVAILABLE, "away", {&away, &retry}),
                                  Failure(grpc::StatusCode::DEADLINE_EXCEEDED, "late", {&late}),
                                  Failure(grpc::StatusCode::UNAVAILABLE, "away", {&away, &retry}), grpc::Status::OK};
  gateway_.OnOrder([&](grpc::ServerContext&, FakeGateway::Workspace&) { return answers[answers_++]; });
  Run(Orders(1), {.if_unknown = kRepeat});
  EXPECT_EQ(IfUnknownOf(gateway_), (std::vector<int>{kRepeat, kRepeat, kUnsaid, kUnsaid}));
  EXPECT_EQ(Counts(), (std::map<std::string, int>{{"applied", 1}}));
}

// As after a gateway that shared its ledger has died: for a while it may still send what it claimed.
TEST_F(BatchRunTest, WaitsUntilAnUnknownOrderMayBeSentOnceMore) {
  constexpr auto kRepeat = FakeGateway::Order::REPEAT;
  constexpr int kOrders = LostCause::kLimit + 1;
  const auto early = Info("OPERATION_MAY_STILL_BE_SENT", {{"outcome", "unknown"}});
  gateway_.OnOrder([&](grpc::ServerContext&, FakeGateway::Workspace&) {
    return answers_++ < kOrders ? Failure(grpc::StatusCode::FAILED_PRECONDITION, "early", {&early}) : grpc::Status::OK;
  });
  Run(Orders(kOrders), {.if_unknown = kRepeat});
  EXPECT_EQ(IfUnknownOf(gateway_), std::vector<int>(2 * kOrders, kRepeat));
  EXPECT_EQ(Counts(), (std::map<std::string, int>{{"applied", kOrders}}));
}

TEST_F(BatchRunTest, SendsUpdatesAndRemovals) {
  const std::vector<BatchOrder> orders =
      ReadBatchFile("action,workspaceId,extension\nupdate,w1,1\nremove,w2,\n", {}).orders;
  Run(orders, {.validate_only = true});
  EXPECT_EQ(Counts(), (std::map<std::string, int>{{"applied", 2}}));
  ASSERT_EQ(gateway_.updates().size(), 1u);
  EXPECT_EQ(gateway_.updates()[0].extension(), "1");
  EXPECT_TRUE(gateway_.updates()[0].validate_only());
  ASSERT_EQ(gateway_.removals().size(), 1u);
  EXPECT_EQ(gateway_.removals()[0].workspace_id(), "w2");
  EXPECT_EQ(gateway_.removals()[0].request_id(), orders[1].request_id());
}

TEST_F(BatchRunTest, KnowsWebexsLimitFromTheGateway) {
  Run(Orders(2));
  EXPECT_THAT(webex_limits_, testing::ElementsAre(std::nullopt));
  results_.clear();
  gateway_.AddTrailer("x-webex-rate-limit", "38.20");
  Run(Orders(2));
  EXPECT_THAT(webex_limits_, testing::Contains(std::optional<double>(38.2)));
}

}  // namespace
}  // namespace webex_gateway::client
