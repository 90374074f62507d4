#include "webex_gateway/gateway_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "tests/client/fake_gateway.h"
#include "tests/client/silent_port.h"

namespace webex_gateway::client {
namespace {

using webex::broadworks::v1::ProvisionWorkspaceRequest;
using webex::broadworks::v1::Workspace;

constexpr char kId[] = "6f0bca6e-2e7a-4f8e-9a39-3b1f0b0f8d11";

std::string FixedId() { return kId; }

ProvisionWorkspaceRequest SomeOrder() {
  ProvisionWorkspaceRequest order;
  order.set_user_id("95547321@sp.com");
  return order;
}

TEST(RandomRequestId, IsANewUuidEachTime) {
  EXPECT_THAT(RandomRequestId(),
              testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
  EXPECT_NE(RandomRequestId(), RandomRequestId());
}

// Answers nothing until `until` is notified.
FakeGateway::Handler Hang(absl::Notification& until) {
  return [&until](grpc::ServerContext&, Workspace&) {
    until.WaitForNotification();
    return grpc::Status::OK;
  };
}

TEST(GatewayClient, ReturnsTheWorkspaceAndWhatComesBesideIt) {
  FakeGateway gateway;
  Workspace workspace;
  workspace.set_id("Y2lzY29zcGFyazovL3VzL1BMQUNFLzE");
  workspace.set_state(Workspace::PROVISIONED);
  gateway.Answer(workspace);
  gateway.AddTrailer("x-request-id", kId);
  gateway.AddTrailer("x-webex-tracking-id", "ROUTER_1");
  gateway.AddTrailer("x-idempotent-replayed", "true");
  gateway.AddTrailer("x-webex-rate-limit", "38.20");

  const auto result = GatewayClient(gateway.Channel()).Provision(SomeOrder());

  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result.value().workspace.id(), "Y2lzY29zcGFyazovL3VzL1BMQUNFLzE");
  EXPECT_EQ(result.value().workspace.state(), Workspace::PROVISIONED);
  EXPECT_EQ(result.value().metadata.request_id, kId);
  EXPECT_EQ(result.value().metadata.tracking_id, "ROUTER_1");
  EXPECT_TRUE(result.value().metadata.replayed);
  EXPECT_EQ(result.value().metadata.webex_limit, 38.2);
}

TEST(GatewayClient, TakesNothingButANumberAboveZeroForWebexsLimit) {
  for (const char* limit : {"", "0.00", "-1", "inf", "nan", "many"}) {
    FakeGateway gateway;
    gateway.AddTrailer("x-webex-rate-limit", limit);
    EXPECT_EQ(GatewayClient(gateway.Channel()).Provision(SomeOrder()).value().metadata.webex_limit, std::nullopt)
        << limit;
  }
}

TEST(GatewayClient, ReadsAnErrorOffTheWire) {
  FakeGateway gateway;
  const auto info = Info("WEBEX_RATE_LIMITED", {{"outcome", "not_applied"}, {"http_status", "429"}, {"attempts", "4"}});
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(3);
  gateway.Fail(Failure(grpc::StatusCode::RESOURCE_EXHAUSTED, "Webex is busy", {&info, &retry}));
  gateway.AddTrailer("x-webex-tracking-id", "ROUTER_2");

  const auto result = GatewayClient(gateway.Channel(), FixedId).Provision(SomeOrder());

  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(result.error().message, "Webex is busy");
  EXPECT_EQ(result.error().reason, "WEBEX_RATE_LIMITED");
  EXPECT_EQ(result.error().outcome, Outcome::kNotApplied);
  EXPECT_EQ(result.error().retry_delay, absl::Seconds(3));
  EXPECT_EQ(result.error().http_status, 429);
  EXPECT_EQ(result.error().attempts, 4);
  EXPECT_EQ(result.error().metadata.request_id, kId);
  EXPECT_EQ(result.error().metadata.tracking_id, "ROUTER_2");
}

TEST(GatewayClient, AnErrorWithoutDetailsLeavesTheOutcomeUnknownWhateverItsCode) {
  FakeGateway gateway;
  const GatewayClient client(gateway.Channel());
  for (int code = 1; code <= 16; ++code) {
    gateway.Fail(grpc::Status(static_cast<grpc::StatusCode>(code), "failed to connect to all addresses"));
    const auto result = client.Provision(SomeOrder());
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(static_cast<int>(result.error().code), code);
    EXPECT_EQ(result.error().outcome, Outcome::kUnknown) << code;
    EXPECT_EQ(result.error().reason, "");
  }
}

TEST(GatewayClient, AnOrderThatOutlivesItsDeadlineIsUnknown) {
  absl::Notification done;
  FakeGateway gateway;
  gateway.OnOrder(Hang(done));
  const GatewayClient client(gateway.Channel(), FixedId);
  ASSERT_TRUE(client.Health("").ok());  // connected, so that the few milliseconds are the order's alone

  const auto result = client.Provision(SomeOrder(), {.timeout = absl::Milliseconds(20)});
  done.Notify();

  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(result.error().outcome, Outcome::kUnknown);
  EXPECT_EQ(result.error().metadata.request_id, kId);
}

TEST(GatewayClient, AConnectionLostAfterTheOrderLeftIsUnknown) {
  absl::Notification arrived, cut;
  FakeGateway gateway;
  gateway.OnOrder([&](grpc::ServerContext&, Workspace&) {
    arrived.Notify();
    cut.WaitForNotification();
    return grpc::Status::OK;
  });
  std::thread crash([&] {
    arrived.WaitForNotification();
    gateway.Stop();
  });

  const auto result = GatewayClient(gateway.Channel()).Provision(SomeOrder());
  cut.Notify();
  crash.join();

  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, absl::StatusCode::kUnavailable);
  EXPECT_EQ(result.error().outcome, Outcome::kUnknown);
  EXPECT_EQ(gateway.orders().size(), 1u);
}

TEST(GatewayClient, AGatewayThatNothingListensForWasNotSentTheOrder) {
  const auto channel = Connect({.address = "unix:/nonesuch/webex-gateway.sock"});
  ASSERT_TRUE(channel.ok());
  const auto result = GatewayClient(*channel, FixedId).Provision(SomeOrder());

  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, absl::StatusCode::kUnavailable);
  EXPECT_EQ(result.error().reason, "GATEWAY_UNREACHABLE");
  EXPECT_EQ(result.error().outcome, Outcome::kNotApplied);
  EXPECT_THAT(result.error().message, testing::HasSubstr("No such file or directory"));
  EXPECT_EQ(result.error().metadata.request_id, kId);
}

TEST(GatewayClient, AGatewayThatNeverSaysHelloWasNotSentTheOrder) {
  SilentPort port;
  const auto channel = Connect({.address = port.address()});
  ASSERT_TRUE(channel.ok());
  const auto result = GatewayClient(*channel).Provision(SomeOrder(), {.timeout = absl::Milliseconds(20)});

  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(result.error().reason, "GATEWAY_UNREACHABLE");
  EXPECT_EQ(result.error().outcome, Outcome::kNotApplied);
}

TEST(GatewayClient, WaitsForAnUnreachableGatewayOnlyIfAsked) {
  const auto channel = Connect({.address = "unix:/nonesuch/webex-gateway.sock"});
  ASSERT_TRUE(channel.ok());
  const auto result =
      GatewayClient(*channel).Provision(SomeOrder(), {.timeout = absl::Milliseconds(20), .wait_for_ready = true});
  EXPECT_EQ(result.error().code, absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(result.error().outcome, Outcome::kNotApplied);
}

TEST(GatewayClient, WithNoTimeLeftNothingIsSent) {
  FakeGateway gateway;
  const auto result = GatewayClient(gateway.Channel()).Provision(SomeOrder(), {.timeout = absl::ZeroDuration()});

  EXPECT_EQ(result.error().code, absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(result.error().reason, "DEADLINE_BEFORE_SENT");
  EXPECT_EQ(result.error().outcome, Outcome::kNotApplied);
  EXPECT_TRUE(gateway.orders().empty());
}

TEST(GatewayClient, AnInfiniteTimeoutIsTaken) {
  FakeGateway gateway;
  EXPECT_TRUE(GatewayClient(gateway.Channel()).Provision(SomeOrder(), {.timeout = absl::InfiniteDuration()}).ok());
}

TEST(GatewayClient, ManyThreadsMayShareOne) {
  FakeGateway gateway;
  const GatewayClient client(gateway.Channel());
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&client] { EXPECT_TRUE(client.Provision(SomeOrder()).ok()); });
  }
  for (std::thread& thread : threads) thread.join();

  std::set<std::string> ids;
  for (const auto& order : gateway.orders()) ids.insert(order.request_id());
  EXPECT_EQ(ids.size(), 8u);
}

TEST(GatewayClient, TakesAChannelWithinTheProcess) {
  FakeGateway gateway;
  EXPECT_TRUE(GatewayClient(gateway.InProcessChannel()).Provision(SomeOrder()).ok());
}

// The three orders, and what a test asks of each alike.
struct Kind {
  const char* name;
  // Orders under this request id ("": none).
  std::function<Result<CallMetadata>(const GatewayClient& client, const std::string& request_id, bool validate_only)>
      call;
  std::function<std::vector<std::string>(const FakeGateway& gateway)> request_ids;  // of those that have come
};

template <typename Request, typename Answer>
auto CallOf(Result<Answer> (GatewayClient::*call)(Request, const CallOptions&) const) {
  return
      [call](const GatewayClient& client, const std::string& request_id, bool validate_only) -> Result<CallMetadata> {
        Request order;
        order.set_request_id(request_id);
        order.set_validate_only(validate_only);
        const auto result = (client.*call)(order, {});
        if (!result.ok()) return result.error();
        return result.value().metadata;
      };
}

template <typename Request>
auto RequestIdsOf(std::vector<Request> (FakeGateway::*orders)() const) {
  return [orders](const FakeGateway& gateway) {
    std::vector<std::string> ids;
    for (const Request& order : (gateway.*orders)()) ids.push_back(order.request_id());
    return ids;
  };
}

const Kind kKinds[] = {
    {"Provision", CallOf(&GatewayClient::Provision), RequestIdsOf(&FakeGateway::orders)},
    {"Update", CallOf(&GatewayClient::Update), RequestIdsOf(&FakeGateway::updates)},
    {"Remove", CallOf(&GatewayClient::Remove), RequestIdsOf(&FakeGateway::removals)},
};

class EveryOrder : public testing::TestWithParam<Kind> {
 protected:
  FakeGateway gateway_;
};

INSTANTIATE_TEST_SUITE_P(Kinds, EveryOrder, testing::ValuesIn(kKinds),
                         [](const auto& test) { return std::string(test.param.name); });

TEST_P(EveryOrder, IsNamedWhereItHasNoIdAndKeepsTheOneThatItHas) {
  const GatewayClient client(gateway_.Channel(), FixedId);
  const auto named = GetParam().call(client, "", false);
  const auto kept = GetParam().call(client, "11111111-2222-4333-8444-555555555555", false);
  ASSERT_TRUE(named.ok() && kept.ok());
  EXPECT_EQ(named.value().request_id, kId);
  EXPECT_FALSE(named.value().replayed);
  EXPECT_EQ(kept.value().request_id, "11111111-2222-4333-8444-555555555555");
  EXPECT_THAT(GetParam().request_ids(gateway_), testing::ElementsAre(kId, "11111111-2222-4333-8444-555555555555"));
}

TEST_P(EveryOrder, ReturnsWhatComesBesideItsAnswer) {
  gateway_.AddTrailer("x-request-id", kId);
  gateway_.AddTrailer("x-webex-tracking-id", "ROUTER_1");
  gateway_.AddTrailer("x-idempotent-replayed", "true");
  const auto result = GetParam().call(GatewayClient(gateway_.Channel()), "", false);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result.value().request_id, kId);
  EXPECT_EQ(result.value().tracking_id, "ROUTER_1");
  EXPECT_TRUE(result.value().replayed);
}

TEST_P(EveryOrder, IsUnknownWhereItsAnswerWasLostUnlessItWasOnlyToBeValidated) {
  gateway_.Fail(grpc::Status(grpc::StatusCode::UNAVAILABLE, "lost"));
  const GatewayClient client(gateway_.Channel(), FixedId);
  const auto lost = GetParam().call(client, "", false);
  ASSERT_FALSE(lost.ok());
  EXPECT_EQ(lost.error().outcome, Outcome::kUnknown);
  EXPECT_EQ(lost.error().metadata.request_id, kId);
  EXPECT_EQ(GetParam().call(client, "", true).error().outcome, Outcome::kNotApplied);
  EXPECT_EQ(GetParam().request_ids(gateway_).size(), 2u);  // nothing is repeated
}

TEST_P(EveryOrder, ThatChangedNothingUnderANewIdWasNotApplied) {
  const auto info = Info("INVALID_REQUEST", {{"outcome", "unchanged"}});
  gateway_.Fail(Failure(grpc::StatusCode::INVALID_ARGUMENT, "at fault", {&info}));
  const GatewayClient client(gateway_.Channel());
  EXPECT_EQ(GetParam().call(client, "", false).error().outcome, Outcome::kNotApplied);
  EXPECT_EQ(GetParam().call(client, kId, false).error().outcome, Outcome::kUnchanged);
}

TEST_P(EveryOrder, ThatWasNotSentIsUnchangedUnderItsCallersOwnId) {
  const auto channel = Connect({.address = "unix:/nonesuch/webex-gateway.sock"});
  ASSERT_TRUE(channel.ok());
  const GatewayClient client(*channel);
  EXPECT_EQ(GetParam().call(client, "", false).error().outcome, Outcome::kNotApplied);
  EXPECT_EQ(GetParam().call(client, kId, false).error().outcome, Outcome::kUnchanged);
  EXPECT_EQ(GetParam().call(client, kId, true).error().outcome, Outcome::kNotApplied);
}

TEST(GatewayClient, UpdatesWhatIsSetBeItEmptyAndReturnsTheWorkspace) {
  FakeGateway gateway;
  Workspace workspace;
  workspace.set_id("w");
  gateway.Answer(workspace);
  FakeGateway::Update update;
  update.set_workspace_id("w");
  update.set_extension("");
  const auto result = GatewayClient(gateway.Channel(), FixedId).Update(update);
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result.value().workspace.id(), "w");
  ASSERT_EQ(gateway.updates().size(), 1u);
  EXPECT_EQ(gateway.updates()[0].ShortDebugString(),
            absl::StrCat("workspace_id: \"w\" extension: \"\" request_id: \"", kId, "\""));
}

TEST(GatewayClient, AsksWhatBecameOfAnOrder) {
  FakeGateway gateway;
  FakeGateway::Operation operation;
  operation.set_state(FakeGateway::Operation::FAILED);
  gateway.AnswerOperation(operation);
  const auto result = GatewayClient(gateway.Channel()).GetOperation(kId);
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result.value().state(), FakeGateway::Operation::FAILED);
  EXPECT_THAT(gateway.operation_calls(), testing::ElementsAre(absl::StrCat("GetOperation: request_id: \"", kId, "\"")));
}

TEST(GatewayClient, ListsOperationsOnePageAtATime) {
  FakeGateway gateway;
  FakeGateway::OperationPage page;
  page.add_operations()->set_request_id(kId);
  page.set_next_page_token("2");
  gateway.AnswerPages({page});
  const auto result = GatewayClient(gateway.Channel()).ListOperations({});
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result.value().ShortDebugString(), page.ShortDebugString());
  EXPECT_EQ(gateway.operation_calls().size(), 1u);
}

TEST(GatewayClient, DoesNotKnowWhetherALostResolutionIsOnRecord) {
  FakeGateway gateway;
  gateway.FailOperations(grpc::Status(grpc::StatusCode::UNAVAILABLE, "lost"));
  webex::broadworks::v1::ResolveOperationRequest request;
  request.set_request_id(kId);
  const auto result = GatewayClient(gateway.Channel()).ResolveOperation(request);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code, absl::StatusCode::kUnavailable);
  EXPECT_EQ(result.error().outcome, Outcome::kUnknown);
  EXPECT_EQ(result.error().metadata.request_id, kId);
  EXPECT_EQ(gateway.operation_calls().size(), 1u);
}

TEST(GatewayClient, SaysOfEveryCallThatTheGatewayCannotBeReached) {
  const auto channel = Connect({.address = "unix:/nonesuch/webex-gateway.sock"});
  ASSERT_TRUE(channel.ok());
  const GatewayClient client(*channel);
  EXPECT_EQ(client.GetOperation(kId).error().reason, "GATEWAY_UNREACHABLE");
  EXPECT_EQ(client.ListOperations({}).error().reason, "GATEWAY_UNREACHABLE");
  EXPECT_EQ(client.ResolveOperation({}).error().reason, "GATEWAY_UNREACHABLE");
}

TEST(GatewayClient, AsksForTheHealthOfAService) {
  FakeGateway gateway;
  gateway.SetHealth(grpc::health::v1::HealthCheckResponse::NOT_SERVING);
  const GatewayClient client(gateway.Channel());
  const auto known = client.Health("webex.broadworks.v1.WorkspaceService");
  ASSERT_TRUE(known.ok());
  EXPECT_EQ(known.value(), grpc::health::v1::HealthCheckResponse::NOT_SERVING);
  const auto unknown = client.Health("unheard.of");
  EXPECT_EQ(unknown.error().code, absl::StatusCode::kNotFound);
  EXPECT_EQ(unknown.error().message, "no such service");
  EXPECT_EQ(unknown.error().reason, "");
}

}  // namespace
}  // namespace webex_gateway::client
