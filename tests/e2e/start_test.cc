// How a gateway starts beside a PostgreSQL that is away, or that does not let it in.

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <csignal>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/base/unknown_variables.h"
#include "tests/e2e/program.h"
#include "tests/sandbox/raw_client.h"
#include "tests/server/testing/daemon.h"
#include "tests/server/testing/postgres_server.h"
#include "webex/broadworks/v1/workspaces.grpc.pb.h"

namespace webex_gateway {
namespace {

using testing::HasSubstr;
using webex::broadworks::v1::ProvisionWorkspaceRequest;
using webex::broadworks::v1::Workspace;
using webex::broadworks::v1::WorkspaceService;

class StartTest : public testing::Test {
 protected:
  StartTest() {
    for (const auto& [variable, value] : ProcessVariables()) {
      if (absl::StartsWith(variable, "WEBEX_GATEWAY_") || absl::StartsWith(variable, "OTEL_"))
        unsetenv(variable.c_str());  // of whoever runs the tests
    }
    setenv("WEBEX_GATEWAY_WEBEX_TOKEN", "sandbox-token", 1);
  }
  ~StartTest() override { server_.Drop(database_); }

  static std::vector<std::string> Settings(const std::string& url) {
    return {"--listen=127.0.0.1:0", "--admin_listen=127.0.0.1:0", "--webex_base_url=http://127.0.0.1:1/v1",
            absl::StrCat("--ledger=", url)};
  }

  static std::string Ask(int port, const std::string& path) {
    sandbox::RawClient client(port);
    client.Send(absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
    return client.ReadAll();
  }

  static std::string Order(int port) {
    const auto channel = grpc::CreateChannel(absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials());
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(2));
    ProvisionWorkspaceRequest order;
    order.set_provisioning_id("p");
    order.set_user_id("a@sp.com");
    order.set_sp_enterprise_id("acme");
    order.set_display_name("Room");
    Workspace workspace;
    return WorkspaceService::NewStub(channel)->ProvisionWorkspace(&context, order, &workspace).error_details();
  }

  PostgresServer& server_ = PostgresServer::Get();
  const std::string database_ = server_.NewDatabase();
};

TEST_F(StartTest, ServesWithoutPostgresqlNotReadyAndTakesOrdersOnceItIsThere) {
  server_.Crash();
  // Its port for callers comes before that for probes in the line, so the latter is looked for.
  Program gateway("webex-gateway", Settings(server_.Url(database_)), "\"admin_port\":");
  EXPECT_THAT(Ask(gateway.port(), "/livez"), HasSubstr("200 OK"));
  const std::string ready = Ask(gateway.port(), "/readyz");
  EXPECT_THAT(ready, HasSubstr("503"));
  EXPECT_THAT(ready, HasSubstr("orders cannot be recorded, so none is sent: PostgreSQL cannot be reached"));
  server_.Start();
  WaitFor("readiness", [&] { return absl::StrContains(Ask(gateway.port(), "/readyz"), "200 OK"); });
  EXPECT_THAT(gateway.output(), HasSubstr("orders can be recorded again"));
  WaitFor("the counts", [&] { return absl::StrContains(gateway.output(), "on record: 0 succeeded, 0 failed"); });
  EXPECT_EQ(gateway.End(SIGTERM), 0);
}

TEST_F(StartTest, RefusesOrdersAsARunningGatewayDoesUntilPostgresqlIsThere) {
  server_.Crash();
  Program gateway("webex-gateway", Settings(server_.Url(database_)), "\"ports\":[");
  EXPECT_THAT(Order(gateway.port()), HasSubstr("LEDGER_UNAVAILABLE"));
  server_.Start();
  // Webex is not there, but the order has got as far as that.
  WaitFor("an order that is sent", [&] { return absl::StrContains(Order(gateway.port()), "WEBEX_UNREACHABLE"); });
  EXPECT_EQ(gateway.End(SIGTERM), 0);
}

// Runs it to its end; returns what it printed and its exit code.
std::pair<std::string, int> RunGateway(const std::vector<std::string>& args) {
  std::string command = BuiltFile("webex-gateway");
  for (const std::string& arg : args) absl::StrAppend(&command, " '", arg, "'");
  FILE* const from = popen(absl::StrCat(command, " 2>&1").c_str(), "r");
  std::string printed;
  for (int c = std::fgetc(from); c != EOF; c = std::fgetc(from)) printed.push_back(static_cast<char>(c));
  return {printed, WEXITSTATUS(pclose(from))};
}

TEST_F(StartTest, EndsWhereTheServerIsThereAndTheDatabaseOrTheLoginIsWrong) {
  const auto [no_database, database_code] = RunGateway(Settings(server_.Url("nowhere")));
  EXPECT_EQ(database_code, 1);
  EXPECT_THAT(no_database, HasSubstr("--ledger: "));
  EXPECT_THAT(no_database, HasSubstr("database \\\"nowhere\\\" does not exist"));
  const auto [no_password, password_code] = RunGateway(Settings(server_.TcpUrl("keeper", database_, "")));
  EXPECT_EQ(password_code, 1);
  EXPECT_THAT(no_password, HasSubstr("--ledger_password_file"));
}

}  // namespace
}  // namespace webex_gateway
