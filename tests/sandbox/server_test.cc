// The server over real sockets: behaviour that only a connection shows.
#include "tests/sandbox/server.h"

#include <memory>
#include <string>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "tests/sandbox/raw_client.h"

namespace webex_gateway::sandbox {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class ServerTest : public testing::Test {
 protected:
  void SetUp() override { Restart(ServerOptions()); }

  void Restart(const ServerOptions& options) {
    server_.reset();
    auto server = Server::Start(options, world_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  void SetFault(const std::string& json) {
    const auto faults = ParseFaults(json);
    ASSERT_TRUE(faults.ok()) << faults.status();
    world_.faults.Add(*faults);
  }

  static std::string Head(size_t length, absl::string_view more = "") {
    return absl::StrCat(
        "POST /v1/broadworks/workspaces HTTP/1.1\r\nHost: sandbox\r\nAuthorization: Bearer sandbox-token\r\n",
        "Content-Type: application/json\r\nContent-Length: ", length, "\r\n", more, "\r\n");
  }

  // An order for a user who has no workspace yet.
  std::string Body() {
    return absl::StrCat(R"({"provisioningId":"p","userId":")", ++users_,
                        R"(","spEnterpriseId":"e","displayName":"d"})");
  }
  std::string Order() {
    const std::string body = Body();
    return Head(body.size()) + body;
  }

  static constexpr absl::string_view kEndOfWorkspace = "Z\"}";

  World world_{Settings(), 1};
  std::unique_ptr<Server> server_;
  int users_ = 0;
};

TEST_F(ServerTest, ServesManyRequestsOnOneConnectionEvenPipelined) {
  RawClient client(server_->port());
  client.Send(Order());
  EXPECT_THAT(client.ReadUntil(kEndOfWorkspace), StartsWith("HTTP/1.1 200 OK\r\n"));
  client.Send(Order() + Order());
  EXPECT_THAT(client.ReadUntil(kEndOfWorkspace), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(client.ReadUntil(kEndOfWorkspace), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_EQ(world_.stats.connections, 1u);
  EXPECT_EQ(world_.stats.provisioned, 3u);
}

TEST_F(ServerTest, TakesABodyInPiecesChunkedOrAfter100Continue) {
  RawClient client(server_->port());
  std::string body = Body();
  client.Send(Head(body.size(), "Expect: 100-continue\r\n"));
  EXPECT_EQ(client.ReadUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.Send(body.substr(0, 9));
  client.Send(body.substr(9));
  EXPECT_THAT(client.ReadUntil(kEndOfWorkspace), StartsWith("HTTP/1.1 200 OK\r\n"));
  body = Body();
  client.Send(
      "POST /v1/broadworks/workspaces HTTP/1.1\r\nAuthorization: Bearer sandbox-token\r\n"
      "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
  client.Send(absl::StrCat("5\r\n", body.substr(0, 5), "\r\n", absl::Hex(body.size() - 5), "\r\n", body.substr(5),
                           "\r\n0\r\n\r\n"));
  EXPECT_THAT(client.ReadUntil(kEndOfWorkspace), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(ServerTest, CloseBeforeTheBodySendsAFinAndNoAnswer) {
  SetFault(R"({"kind":"close","when":"before"})");
  RawClient client(server_->port());
  client.Send(Head(100));
  EXPECT_EQ(client.ReadAll(), "");
  EXPECT_EQ(client.how_it_ended(), "fin");
  EXPECT_EQ(world_.stats.posts_started, 1u);
  EXPECT_EQ(world_.stats.posts_received, 0u);
}

TEST_F(ServerTest, CloseAfterwardsLosesTheAnswer) {
  SetFault(R"({"kind":"close"})");
  RawClient client(server_->port());
  client.Send(Order());
  EXPECT_EQ(client.ReadAll(), "");
  EXPECT_EQ(client.how_it_ended(), "fin");
  EXPECT_EQ(world_.stats.provisioned, 1u);
}

TEST_F(ServerTest, ResetIsAnRst) {
  for (const std::string when : {"before", "after"}) {
    SetFault(absl::StrCat(R"({"kind":"reset","when":")", when, "\"}"));
    RawClient client(server_->port());
    client.Send(Order());
    EXPECT_EQ(client.ReadAll(), "");
    EXPECT_EQ(client.how_it_ended(), "rst") << when;
  }
  EXPECT_EQ(world_.stats.provisioned, 1u);
}

TEST_F(ServerTest, CloseInsideTheHeadersSendsPartOfThem) {
  SetFault(R"({"kind":"close","when":"headers"})");
  RawClient client(server_->port());
  client.Send(Order());
  const std::string part = client.ReadAll();
  EXPECT_THAT(part, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_EQ(part.find("\r\n\r\n"), std::string::npos);
  EXPECT_EQ(client.how_it_ended(), "fin");
}

TEST_F(ServerTest, HalfEndsWithinTheBody) {
  SetFault(R"({"kind":"half","status":200,"body":"123456"})");
  RawClient client(server_->port());
  client.Send(Order());
  EXPECT_THAT(client.ReadAll(), EndsWith("Content-Length: 6\r\n\r\n123"));
  EXPECT_EQ(client.how_it_ended(), "fin");
}

TEST_F(ServerTest, DripSendsTheWholeAnswerAndGoesOn) {
  SetFault(R"({"kind":"drip","delayMs":1,"status":200,"headers":{"TrackingID":null},"body":"{}"})");
  RawClient client(server_->port());
  client.Send(Order());
  EXPECT_THAT(client.ReadUntil("{}"), EndsWith("Content-Length: 2\r\n\r\n{}"));
  client.Send(Order());
  EXPECT_THAT(client.ReadUntil(kEndOfWorkspace), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(ServerTest, HangStaysSilentUntilTheClientGoes) {
  SetFault(R"({"kind":"hang"})");
  RawClient client(server_->port());
  client.Send(Order());
  client.Shutdown();
  EXPECT_EQ(client.ReadAll(), "");
  EXPECT_EQ(client.how_it_ended(), "fin");
  SetFault(R"({"kind":"hang","when":"before","delayMs":1})");
  RawClient brief(server_->port());
  brief.Send(Head(1));
  EXPECT_EQ(brief.ReadAll(), "");
}

TEST_F(ServerTest, OrderIsUnderWayUntilItsAnswerOrItsClientGoes) {
  Settings settings;
  settings.limit = {.kind = LimiterKind::kUnderWay, .burst = 1};
  world_.settings.Set(settings);
  const auto order = [&] {
    RawClient client(server_->port());
    const std::string body = Body();
    client.Send(Head(body.size(), "Connection: close\r\n") + body);
    return client.ReadAll();
  };
  for (int i = 0; i < 3; ++i) EXPECT_THAT(order(), StartsWith("HTTP/1.1 200 "));
  SetFault(R"({"kind":"hang"})");
  auto hanging = std::make_unique<RawClient>(server_->port());
  hanging->Send(Order());
  while (world_.stats.provisioned < 4) std::this_thread::yield();
  EXPECT_THAT(order(), StartsWith("HTTP/1.1 429 "));
  hanging.reset();
  while (!absl::StartsWith(order(), "HTTP/1.1 200 ")) std::this_thread::yield();
}

TEST_F(ServerTest, RefusesInvalidRequestsAndSurvives) {
  {
    RawClient client(server_->port());
    client.Send("\x16\x03\x01 nonsense\r\n\r\n");
    EXPECT_THAT(client.ReadAll(), StartsWith("HTTP/1.1 400 "));
  }
  {
    RawClient client(server_->port());
    client.Send(Head(2 * 1024 * 1024));
    EXPECT_THAT(client.ReadAll(), StartsWith("HTTP/1.1 413 "));
  }
  {
    RawClient client(server_->port());
    client.Send(absl::StrCat("GET / HTTP/1.1\r\nA: ", std::string(100 * 1024, 'x')));
    EXPECT_THAT(client.ReadAll(), StartsWith("HTTP/1.1 431 "));
  }
  RawClient client(server_->port());
  client.Send("HEAD /v1 HTTP/1.0\r\n\r\n");
  EXPECT_THAT(client.ReadAll(), EndsWith("Connection: close\r\n\r\n"));
}

TEST_F(ServerTest, SilentConnectionIsClosed) {
  ServerOptions options;
  options.idle_timeout = absl::Milliseconds(10);
  Restart(options);
  RawClient client(server_->port());
  EXPECT_EQ(client.ReadAll(), "");
  EXPECT_EQ(client.how_it_ended(), "fin");
}

TEST_F(ServerTest, LatencyIsNotSilence) {
  ServerOptions options;
  options.idle_timeout = absl::Milliseconds(100);
  Restart(options);
  Settings settings;
  settings.latency = absl::Milliseconds(250);
  world_.settings.Set(settings);
  RawClient client(server_->port());
  client.Send(Order());
  EXPECT_THAT(client.ReadUntil(kEndOfWorkspace), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(ServerTest, ThreadsShareTheConnectionsAndTheWorld) {
  ServerOptions options;
  options.threads = 3;
  Restart(options);
  for (int i = 0; i < 6; ++i) {
    RawClient client(server_->port());
    client.Send(Order());
    EXPECT_THAT(client.ReadUntil(kEndOfWorkspace), StartsWith("HTTP/1.1 200 OK\r\n"));
  }
  EXPECT_EQ(world_.workspaces.List().size(), 6u);
}

TEST_F(ServerTest, UnusableCertificateIsNamed) {
  ServerOptions options;
  options.tls_cert_file = "/nowhere/cert.pem";
  options.tls_key_file = "/nowhere/key.pem";
  EXPECT_THAT(std::string(Server::Start(options, world_).status().message()), HasSubstr("/nowhere/cert.pem"));
}

TEST_F(ServerTest, PortInUseIsAnError) {
  ServerOptions options;
  options.port = server_->port();
  EXPECT_THAT(std::string(Server::Start(options, world_).status().message()), HasSubstr("already in use"));
}

}  // namespace
}  // namespace webex_gateway::sandbox
