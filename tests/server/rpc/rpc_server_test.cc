// The RPC adapter over real gRPC, with handlers of the tests' own.

#include "server/rpc/rpc_server.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <future>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "server/rpc/health_service.h"
#include "server/rpc/messages.h"
#include "tests/server/rpc/rpc_test.h"

namespace webex_gateway {
namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

class RpcServerTest : public RpcTest {
 protected:
  std::unique_ptr<Health::Stub> Start() { return Health::NewStub(StartServer()); }
};

grpc::Status Check(Health::Stub& stub, const std::string& service, HealthCheckResponse& response,
                   grpc::ClientContext& context) {
  HealthCheckRequest request;
  request.set_service(service);
  return stub.Check(&context, request, &response);
}

TEST_F(RpcServerTest, HasAPortForEachAddressThatIsNoUnixSocket) {
  const std::string path = testing::TempDir() + "rpc_server_test_ports.sock";
  ASSERT_TRUE(server_.Start({"127.0.0.1:0", "unix:" + path, "127.0.0.1:0"}).ok());
  ASSERT_EQ(server_.ports().size(), 2u);
  EXPECT_NE(server_.ports()[0], server_.ports()[1]);
  for (const int port : server_.ports()) EXPECT_GT(port, 1);
}

TEST_F(RpcServerTest, HoldsADeadlineInTheYear2300) {
  std::promise<Clock::Time> seen;
  // The server keeps the closure. NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines)
  server_.Handle("/grpc.health.v1.Health/Check", [&seen](RpcCall& call) -> Async<absl::Status> {
    seen.set_value(call.deadline());
    call.Answer(ToWire(HealthCheckResponse()));
    co_return absl::OkStatus();
  });
  const auto stub = Start();
  HealthCheckResponse response;
  grpc::ClientContext context;
  context.set_deadline(gpr_timespec{10'413'792'000, 0, GPR_CLOCK_REALTIME});
  EXPECT_TRUE(Check(*stub, "", response, context).ok());
  EXPECT_GT(seen.get_future().get(), Later(clock_->Now(), absl::Hours(24 * 364)));
}

TEST_F(RpcServerTest, AnswersWithTheHandlersMessageAndTrailers) {
  server_.Handle("/grpc.health.v1.Health/Check", [](RpcCall& call) -> Async<absl::Status> {
    const std::optional<grpc::ByteBuffer> bytes = co_await call.Read();
    HealthCheckRequest request;
    EXPECT_TRUE(FromWire(*bytes, request));
    call.AddTrailer("x-echo", request.service());
    HealthCheckResponse response;
    response.set_status(HealthCheckResponse::SERVING);
    call.Answer(ToWire(response));
    co_return absl::OkStatus();
  });
  const auto stub = Start();
  HealthCheckResponse response;
  grpc::ClientContext context;
  ASSERT_TRUE(Check(*stub, "me", response, context).ok());
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);
  EXPECT_EQ(context.GetServerTrailingMetadata().find("x-echo")->second, "me");
}

TEST_F(RpcServerTest, ShowsTheHandlerMetadataInTheOrderInWhichTheyCame) {
  server_.Handle("/grpc.health.v1.Health/Check", [](RpcCall& call) -> Async<absl::Status> {
    call.AddTrailer("x-seen", absl::StrJoin(call.Metadata("tracestate"), "|"));
    call.AddTrailer("x-count", absl::StrCat(call.Metadata("traceparent").size()));
    call.Answer(ToWire(HealthCheckResponse()));
    co_return absl::OkStatus();
  });
  const auto stub = Start();
  HealthCheckResponse response;
  grpc::ClientContext context;
  context.AddMetadata("tracestate", "b=2");
  context.AddMetadata("tracestate", "a=1");
  ASSERT_TRUE(Check(*stub, "", response, context).ok());
  EXPECT_EQ(context.GetServerTrailingMetadata().find("x-seen")->second, "b=2|a=1");
  EXPECT_EQ(context.GetServerTrailingMetadata().find("x-count")->second, "0");
}

TEST_F(RpcServerTest, AnswersUnimplementedWithoutAHandler) {
  const auto stub = Start();
  HealthCheckResponse response;
  grpc::ClientContext context;
  EXPECT_EQ(Check(*stub, "", response, context).error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(RpcServerTest, NotifiesTheHandlerThatItsCallerHasGoneAndWhenItsTimeIsUp) {
  std::promise<Clock::Time> entered;
  std::promise<void> left;
  // The server keeps the closure. NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines)
  server_.Handle("/grpc.health.v1.Health/Check", [&](RpcCall& call) -> Async<absl::Status> {
    entered.set_value(call.deadline());
    Event gone;
    const auto set = [&gone] { gone.Set(); };
    const std::stop_callback on_gone(call.gone(), set);
    co_await gone.Wait();
    left.set_value();
    co_return absl::CancelledError("");
  });
  const auto stub = Start();
  HealthCheckResponse response;
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::hours(1));
  auto call = std::async(std::launch::async, [&] { return Check(*stub, "", response, context); });
  const absl::Duration time_left = absl::FromChrono(entered.get_future().get() - clock_->Now());
  EXPECT_GT(time_left, absl::Minutes(59));
  EXPECT_LT(time_left, absl::Minutes(61));  // the header grpc-timeout is rounded up
  context.TryCancel();
  left.get_future().wait();
  EXPECT_EQ(call.get().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(RpcServerTest, RefusesAPortThatIsTaken) {
  Start();
  RpcServer second(loop_, *clock_);
  const std::string address = absl::StrCat("127.0.0.1:", server_.ports()[0]);
  const absl::Status status = second.Start({"127.0.0.1:0", address});
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr(address));
}

TEST_F(RpcServerTest, LetsHandlersAnswerWhenTheGraceOfAShutdownIsOver) {
  std::promise<void> entered;
  // The server keeps the closure. NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines)
  server_.Handle("/grpc.health.v1.Health/Check", [&](RpcCall& call) -> Async<absl::Status> {
    entered.set_value();
    Event gone;
    const auto set = [&gone] { gone.Set(); };
    const std::stop_callback on_gone(call.gone(), set);
    co_await gone.Wait();
    call.AddTrailer("x-said", "yes");
    co_return absl::CancelledError("what became of it");
  });
  const auto stub = Start();
  HealthCheckResponse response;
  grpc::ClientContext context;
  auto call = std::async(std::launch::async, [&] { return Check(*stub, "", response, context); });
  entered.get_future().wait();
  server_.Shutdown(absl::ZeroDuration());
  EXPECT_EQ(call.get().error_message(), "what became of it");
  EXPECT_EQ(context.GetServerTrailingMetadata().count("x-said"), 1u);
}

TEST_F(RpcServerTest, TakesNoUnixSocketAwayFromAnotherServer) {
  const std::string path = absl::StrCat(testing::TempDir(), "/rpc_server_test.", getpid(), ".sock");
  ASSERT_TRUE(server_.Start({"unix:" + path}).ok());
  RpcServer second(loop_, *clock_);
  EXPECT_EQ(second.Start({"unix:" + path}).code(), absl::StatusCode::kAlreadyExists);
  const auto stub = Health::NewStub(grpc::CreateChannel("unix:" + path, grpc::InsecureChannelCredentials()));
  HealthCheckResponse response;
  grpc::ClientContext context;
  EXPECT_EQ(Check(*stub, "", response, context).error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(RpcServerTest, WatchersDoNotHoldUpAStop) {
  HealthService health(server_);
  OnLoop([&] { health.Set("", true); });
  const auto stub = Start();
  grpc::ClientContext context;
  const auto watch = stub->Watch(&context, HealthCheckRequest());
  HealthCheckResponse response;
  ASSERT_TRUE(watch->Read(&response));
  OnLoop([&] { health.Stop(); });
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
  EXPECT_FALSE(watch->Read(&response));
  EXPECT_EQ(watch->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  server_.Shutdown(absl::ZeroDuration());
}

// Keeps what it is told, a line each.
struct FakeObserver : ServerObserver {
  void OnMethod(const std::string& method, RpcType type) override {
    told.push_back(absl::StrCat("method ", method, " ", static_cast<int>(type)));
  }
  void OnStarted(const std::string& method) override { told.push_back(absl::StrCat("started ", method)); }
  void OnHandled(const std::string& method, absl::StatusCode code, absl::Duration elapsed) override {
    EXPECT_GE(elapsed, absl::ZeroDuration());
    told.push_back(absl::StrCat("handled ", method, " ", absl::StatusCodeToString(code)));
  }
  std::vector<std::string> told;
};

TEST_F(RpcServerTest, ItsObserverSeesEachRpcButNotTheNamesOfUnhandledOnes) {
  FakeObserver observer;
  RpcServer server(loop_, *clock_, &observer);
  const auto refuse = [](RpcCall&) -> Async<absl::Status> { co_return absl::NotFoundError(""); };
  server.Handle("/grpc.health.v1.Health/Check", refuse);
  ASSERT_TRUE(server.Start({"127.0.0.1:0"}).ok());
  const auto stub = Health::NewStub(
      grpc::CreateChannel(absl::StrCat("127.0.0.1:", server.ports()[0]), grpc::InsecureChannelCredentials()));
  HealthCheckResponse response;
  grpc::ClientContext context;
  EXPECT_EQ(Check(*stub, "", response, context).error_code(), grpc::StatusCode::NOT_FOUND);
  grpc::ClientContext nobodys;
  EXPECT_EQ(stub->Watch(&nobodys, HealthCheckRequest())->Finish().error_code(), grpc::StatusCode::UNIMPLEMENTED);
  server.Shutdown(absl::ZeroDuration());
  EXPECT_THAT(observer.told, testing::ElementsAre("method /grpc.health.v1.Health/Check 0",  //
                                                  "started /grpc.health.v1.Health/Check",
                                                  "handled /grpc.health.v1.Health/Check NOT_FOUND",  //
                                                  "started ", "handled  UNIMPLEMENTED"));
}

TEST_F(RpcServerTest, HealthIsReportedToCheckAndToWatch) {
  HealthService health(server_);
  OnLoop([&] { health.Set("a", true); });
  const auto stub = Start();
  HealthCheckResponse response;
  {
    grpc::ClientContext context;
    ASSERT_TRUE(Check(*stub, "a", response, context).ok());
    EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);
  }
  {
    grpc::ClientContext context;
    EXPECT_EQ(Check(*stub, "b", response, context).error_code(), grpc::StatusCode::NOT_FOUND);
  }
  grpc::ClientContext context;
  HealthCheckRequest request;
  request.set_service("b");
  const auto watch = stub->Watch(&context, request);
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVICE_UNKNOWN);
  OnLoop([&] { health.Set("a", false); });  // no news of b
  OnLoop([&] { health.Set("b", true); });
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);
  context.TryCancel();
  EXPECT_EQ(watch->Finish().error_code(), grpc::StatusCode::CANCELLED);
  server_.Shutdown(absl::ZeroDuration());  // no watcher is left when `health` goes
}

}  // namespace
}  // namespace webex_gateway
