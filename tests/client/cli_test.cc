#include "client/cli.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "tests/client/fake_gateway.h"
#include "tests/client/run_cli.h"
#include "tests/client/silent_port.h"

namespace webex_gateway::client {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr char kNothingListens[] = "--address=unix:/nonesuch/webex-gateway.sock";

class CliTest : public testing::Test {
 protected:
  CliResult Provision(const std::vector<std::string>& args, const std::string& in = "") {
    return Run("provision", args, in);
  }
  CliResult Run(const std::string& command, std::vector<std::string> args, const std::string& in = "") {
    args.insert(args.begin(), {command, "--address", gateway_.address()});
    return Webexctl(args, in);
  }
  CliResult Health(std::vector<std::string> args) {
    args.insert(args.begin(), {"health", "--timeout=10s", "--address", gateway_.address()});
    return Webexctl(args);
  }

  FakeGateway gateway_;
};

TEST_F(CliTest, ProvisionsFromFlagsAndPrintsTheWorkspaceAlone) {
  FakeGateway::Workspace workspace;
  workspace.set_id("Y2lzY29z");
  workspace.set_state(FakeGateway::Workspace::PROVISIONED);
  gateway_.Answer(workspace);

  const CliResult result =
      Provision({"--provisioning_id=p", "--user_id=u", "--sp_enterprise_id=e", "--display_name=Conference Room",
                 "--primary_phone_number=+1-240-555-1212", "--extension=51212", "--request_id=r"});

  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.out, "{\n \"id\": \"Y2lzY29z\",\n \"state\": \"PROVISIONED\"\n}\n");
  EXPECT_EQ(result.err, "webexctl: request id r\n");
  ASSERT_EQ(gateway_.orders().size(), 1u);
  EXPECT_EQ(gateway_.orders()[0].ShortDebugString(),
            "provisioning_id: \"p\" user_id: \"u\" sp_enterprise_id: \"e\" display_name: \"Conference Room\" "
            "primary_phone_number: \"+1-240-555-1212\" extension: \"51212\" request_id: \"r\"");
}

TEST_F(CliTest, ProvisionsFromStandardInputWithFlagsOnTop) {
  const CliResult result =
      Provision({"--file", "-", "--extension=", "--request_id=r"}, R"({"userId": "u", "extension": "1"})");
  EXPECT_EQ(result.code, 0);
  ASSERT_EQ(gateway_.orders().size(), 1u);
  EXPECT_EQ(gateway_.orders()[0].ShortDebugString(), "user_id: \"u\" extension: \"\" request_id: \"r\"");
}

TEST_F(CliTest, UpdatesWhatTheFlagsNameBeItEmptyAndPrintsTheWorkspace) {
  FakeGateway::Workspace workspace;
  workspace.set_id("w");
  gateway_.Answer(workspace);
  const CliResult result = Run("update", {"--workspace_id=a/b +%c\xc3\xbc", "--user_id=u", "--primary_phone_number=+1",
                                          "--extension=", "--request_id=r"});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.out, "{\n \"id\": \"w\"\n}\n");
  EXPECT_EQ(result.err, "webexctl: request id r\n");
  ASSERT_EQ(gateway_.updates().size(), 1u);
  EXPECT_EQ(gateway_.updates()[0].ShortDebugString(),
            "workspace_id: \"a/b +%c\\303\\274\" user_id: \"u\" primary_phone_number: \"+1\" extension: \"\" "
            "request_id: \"r\"");
}

TEST_F(CliTest, HasAnUnknownOrderSentOnceMoreOnRequest) {
  using Request = webex::broadworks::v1::ProvisionWorkspaceRequest;
  EXPECT_EQ(Provision({"--user_id=u", "--request_id=r", "--if_unknown=repeat"}).code, 0);
  EXPECT_EQ(gateway_.orders().at(0).if_unknown(), Request::REPEAT);
  EXPECT_EQ(Provision({"--user_id=u", "--request_id=r"}).code, 0);
  EXPECT_EQ(gateway_.orders().at(1).if_unknown(), Request::IF_UNKNOWN_UNSPECIFIED);
  const CliResult wrong = Provision({"--user_id=u", "--if_unknown=send"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.err, HasSubstr("hold or repeat"));
  EXPECT_EQ(Run("update", {"--workspace_id=w", "--extension=1", "--if_unknown=repeat"}).code, 2);
}

TEST_F(CliTest, UpdatesFromAFileWithFlagsOnTop) {
  EXPECT_EQ(Run("update", {"--file=-", "--workspace_id=w", "--request_id=r"}, R"({"extension": "1"})").code, 0);
  ASSERT_EQ(gateway_.updates().size(), 1u);
  EXPECT_EQ(gateway_.updates()[0].ShortDebugString(), "workspace_id: \"w\" extension: \"1\" request_id: \"r\"");
}

TEST_F(CliTest, LeavesItToTheGatewayThatAnUpdateChangesNothing) {
  EXPECT_EQ(Run("update", {"--workspace_id=w"}).code, 0);
  EXPECT_EQ(gateway_.updates().size(), 1u);
}

TEST_F(CliTest, RemovesAWorkspace) {
  const CliResult result = Run("remove", {"--workspace_id=w", "--request_id=r"});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.out, "{}\n");
  EXPECT_EQ(result.err, "webexctl: the workspace is removed\nwebexctl: request id r\n");
  ASSERT_EQ(gateway_.removals().size(), 1u);
  EXPECT_EQ(gateway_.removals()[0].ShortDebugString(), "workspace_id: \"w\" request_id: \"r\"");
  const CliResult json = Run("remove", {"--workspace_id=w", "--request_id=r", "--output=json"});
  EXPECT_EQ(json.out, "{\n \"requestId\": \"r\"\n}\n");
  EXPECT_EQ(json.err, "");
}

TEST_F(CliTest, NamesTheIdsBesideTheWorkspaceForScripts) {
  FakeGateway::Workspace workspace;
  workspace.set_id("w");
  gateway_.Answer(workspace);
  EXPECT_EQ(Provision({"--user_id=u", "--request_id=r", "--output=json"}).out,
            "{\n \"id\": \"w\",\n \"requestId\": \"r\"\n}\n");
  gateway_.AddTrailer("x-idempotent-replayed", "true");
  gateway_.AddTrailer("x-webex-tracking-id", "ROUTER_1");
  EXPECT_EQ(Run("update", {"--workspace_id=w", "--request_id=r", "--output=json"}).out,
            "{\n \"id\": \"w\",\n \"requestId\": \"r\",\n \"webexTrackingId\": \"ROUTER_1\",\n"
            " \"replayed\": true\n}\n");
}

TEST_F(CliTest, ShowsTheRequestIdOnATerminalBeforeTheOrderLeaves) {
  const absl::FlagSaver saver;
  std::istringstream in;
  std::ostringstream out, err;
  std::string shown_before;
  gateway_.OnOrder([&](grpc::ServerContext&, FakeGateway::Workspace&) {
    shown_before = err.str();
    return grpc::Status::OK;
  });
  const CliIo io{in, out, err, [](const std::string&) { return std::nullopt; }, {}, 80};
  EXPECT_EQ(RunCli({"provision", "--user_id=u", "--address", gateway_.address()}, io), 0);
  EXPECT_EQ(shown_before, "webexctl: request id " + gateway_.orders().at(0).request_id() + "\n");
  EXPECT_EQ(err.str(), shown_before) << "and not once more";
}

using CliDeathTest = CliTest;

TEST_F(CliDeathTest, NamesTheRequestIdWhereItIsInterrupted) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  for (const auto& [signal, flag, words] :
       {std::tuple(SIGINT, "--output=text",
                   "^webexctl: interrupted: the order may have been carried out; see 'webexctl operations get r'\n$"),
        {SIGTERM, "--output=json",
         "^webexctl: interrupted: the order may have been carried out; see 'webexctl operations get r'\n$"},
        {SIGINT, "--validate_only", "^webexctl: interrupted: nothing was provisioned\n$"}}) {
    const int number = signal;
    EXPECT_EXIT(
        {
          gateway_.OnOrder([number](grpc::ServerContext&, FakeGateway::Workspace&) {
            kill(getpid(), number);
            for (;;) pause();
            return grpc::Status::OK;
          });
          Provision({"--user_id=u", "--request_id=r", flag});
        },
        testing::KilledBySignal(number), words);
  }
}

TEST_F(CliTest, OnlyValidatesAnUpdateAndARemovalOnRequest) {
  EXPECT_EQ(Run("update", {"--workspace_id=w", "--extension=1", "--validate_only", "--request_id=r"}).err,
            "webexctl: the update is valid; nothing was changed\nwebexctl: request id r\n");
  EXPECT_EQ(Run("remove", {"--workspace_id=w", "--validate_only", "--request_id=r"}).err,
            "webexctl: the removal is valid; nothing was removed\nwebexctl: request id r\n");
  EXPECT_TRUE(gateway_.updates().at(0).validate_only());
  EXPECT_TRUE(gateway_.removals().at(0).validate_only());
}

TEST_F(CliTest, ReportsAFailedUpdateOrRemovalInItsOwnWords) {
  const auto info = Info("WEBEX_ANSWER_LOST", {{"outcome", "unknown"}});
  gateway_.Fail(Failure(grpc::StatusCode::UNAVAILABLE, "the answer was lost", {&info}));
  const CliResult update = Run("update", {"--workspace_id=w", "--extension=1", "--request_id=r"});
  EXPECT_EQ(update.code, 78);
  EXPECT_EQ(update.out, "");
  EXPECT_THAT(update.err, AllOf(StartsWith("webexctl: the update may have been carried out: UNAVAILABLE"),
                                HasSubstr("\n  Repeat it?      yes, with --request_id=r, which is safe: ")));
  const CliResult removal = Run("remove", {"--workspace_id=w", "--request_id=r"});
  EXPECT_EQ(removal.code, 78);
  EXPECT_THAT(removal.err, StartsWith("webexctl: the removal may have been carried out: UNAVAILABLE"));
  const CliResult json = Run("remove", {"--workspace_id=w", "--output=json"});
  EXPECT_EQ(json.code, 78);
  EXPECT_THAT(json.out, HasSubstr("\"outcome\": \"unknown\""));
  EXPECT_EQ(json.err, "");
}

TEST_F(CliTest, NamesTheFaultsOfAnUpdateOrARemovalAndSendsNothing) {
  EXPECT_EQ(Run("update", {}).err,
            "webexctl: there is no update: give its fields as flags, or --file\nTry 'webexctl help update'.\n");
  EXPECT_EQ(Run("update", {"--workspace_id=w", "--display_name=d"}).err,
            "webexctl: --display_name: no such flag\nTry 'webexctl help update'.\n");
  EXPECT_EQ(Run("remove", {}).err, "webexctl: there is no removal: give --workspace_id\nTry 'webexctl help remove'.\n");
  EXPECT_EQ(Run("remove", {"--workspace_id=w", "--extension="}).code, 2);
  EXPECT_TRUE(gateway_.updates().empty());
  EXPECT_TRUE(gateway_.removals().empty());
}

TEST_F(CliTest, ShowsAPersonWhatTheWorkspaceDoesNot) {
  gateway_.AddTrailer("x-idempotent-replayed", "true");
  gateway_.AddTrailer("x-webex-tracking-id", "ROUTER_1");
  EXPECT_EQ(Provision({"--user_id=u", "--validate_only", "--request_id=r"}).err,
            "webexctl: the order is valid; nothing was provisioned\n"
            "webexctl: this is the answer to an earlier call with the same request id\n"
            "webexctl: request id r, tracking id ROUTER_1\n");
  EXPECT_EQ(Provision({"--user_id=u", "--validate_only", "--output=json"}).err, "");
}

TEST_F(CliTest, ReportsAFailureOnStandardError) {
  const auto info = Info("WEBEX_ALREADY_EXISTS", {{"outcome", "not_applied"}});
  gateway_.Fail(Failure(grpc::StatusCode::ALREADY_EXISTS, "The user is already associated", {&info}));
  const CliResult result = Provision({"--user_id=u", "--request_id=r"});
  EXPECT_EQ(result.code, 70);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(
      result.err,
      "webexctl: the order was refused: ALREADY_EXISTS (WEBEX_ALREADY_EXISTS)\n"
      "  The user is already associated\n"
      "  What happened:  nothing was provisioned (not_applied)\n"
      "  Order again?    no: this user already has a workspace; it may be from an earlier order whose answer was lost\n"
      "  Request id:     r\n");
}

TEST_F(CliTest, PrintsAFailureAsJsonOnStandardOutput) {
  gateway_.Fail(grpc::Status(grpc::StatusCode::INTERNAL, "oh"));
  const CliResult result = Provision({"--user_id=u", "--request_id=r", "--output=json"});
  EXPECT_EQ(result.code, 77);
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(result.out, R"({
 "error": {
  "code": "INTERNAL",
  "grpcCode": 13,
  "outcome": "unknown",
  "message": "oh",
  "requestId": "r"
 }
}
)");
}

TEST_F(CliTest, ExitsWith64AndTheCodeForEveryCode) {
  for (int code = 1; code <= 16; ++code) {
    gateway_.Fail(grpc::Status(static_cast<grpc::StatusCode>(code), "no"));
    EXPECT_EQ(Provision({"--user_id=u"}).code, 64 + code);
  }
}

TEST_F(CliTest, OrdersNothingWhereTheInputIsAtFault) {
  const CliResult result = Provision({"--file=-"}, R"({"userid": "u"})");
  EXPECT_EQ(result.code, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err,
            "webexctl: standard input: not an order in JSON: userid: Cannot find field.\n"
            "Try 'webexctl help provision'.\n");
  EXPECT_TRUE(gateway_.orders().empty());
}

TEST_F(CliTest, SaysThatTheGatewayIsServing) {
  const CliResult result = Health({});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.out, "SERVING\n");
  EXPECT_EQ(result.err, "");
}

TEST_F(CliTest, ExitsWithOneWhereTheGatewayIsNotServing) {
  gateway_.SetHealth(grpc::health::v1::HealthCheckResponse::NOT_SERVING);
  EXPECT_EQ(Health({}).code, 1);
  EXPECT_EQ(Health({}).out, "NOT_SERVING\n");
  EXPECT_EQ(Health({"--output=json"}).code, 1);
  EXPECT_EQ(Health({"--output=json"}).out, "{\n \"status\": \"NOT_SERVING\"\n}\n");
}

TEST_F(CliTest, SaysThatAServiceIsNotKnown) {
  const CliResult result = Health({"--service=unheard.of"});
  EXPECT_EQ(result.code, 69);
  EXPECT_EQ(result.err, "webexctl: NOT_FOUND: no such service\n");
}

TEST_F(CliTest, LetsTheEnvironmentNameTheGatewayButNotTheOrder) {
  const std::map<std::string, std::string> environment = {{"WEBEXCTL_ADDRESS", gateway_.address()},
                                                          {"WEBEXCTL_USER_ID", "u"}};
  EXPECT_EQ(Webexctl({"health"}, "", environment).code, 0);
  EXPECT_EQ(Webexctl({"health", kNothingListens}, "", environment).code, 78);
  EXPECT_EQ(Webexctl({"provision"}, "", environment).err,
            "webexctl: WEBEXCTL_USER_ID: there is no such setting\n"
            "webexctl: there is no order: give its fields as flags, or --file\nTry 'webexctl help provision'.\n");
}

TEST_F(CliTest, NamesVariablesThatAreNoSettings) {
  const CliResult result = Webexctl({"health", "--address", gateway_.address()}, "",
                                    {{"WEBEXCTL_ADRESS", "elsewhere:1"}, {"WEBEXCTL_SERVICE_HOST", "10.0.0.1"}});
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.err, "webexctl: WEBEXCTL_ADRESS: there is no such setting; did you mean WEBEXCTL_ADDRESS?\n");
}

TEST(Cli, SaysThatTheGatewayCannotBeReached) {
  const CliResult health = Webexctl({"health", kNothingListens});
  EXPECT_EQ(health.code, 78);
  EXPECT_EQ(health.out, "");
  EXPECT_THAT(health.err, StartsWith("webexctl: UNAVAILABLE (GATEWAY_UNREACHABLE): "));
  EXPECT_EQ(std::count(health.err.begin(), health.err.end(), '\n'), 1);

  const CliResult order = Webexctl({"provision", "--user_id=u", kNothingListens});
  EXPECT_EQ(order.code, 78);
  EXPECT_THAT(order.err, AllOf(StartsWith("webexctl: the gateway cannot be reached: UNAVAILABLE (GATEWAY_UNREACHABLE)"),
                               HasSubstr("\n  What happened:  nothing was provisioned (not_applied)\n")));
}

TEST(Cli, GivesTheSameReasonInEveryCommandWhereTheGatewayCannotBeReached) {
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{"health"},
                                             {"provision", "--user_id=u"},
                                             {"update", "--workspace_id=w"},
                                             {"remove", "--workspace_id=w"},
                                             {"operations", "list"},
                                             {"operations", "summary"},
                                             {"operations", "get", "id"},
                                             {"operations", "resolve", "id", "--applied", "--note=n"}}) {
    std::vector<std::string> args = command;
    args.emplace_back(kNothingListens);
    EXPECT_THAT(Webexctl(args).err, AllOf(HasSubstr("UNAVAILABLE (GATEWAY_UNREACHABLE)"),
                                          HasSubstr("; nothing listens there: is the gateway running")));
    args.emplace_back("--output=json");
    const CliResult json = Webexctl(args);
    EXPECT_EQ(json.code, 78);
    EXPECT_THAT(json.out, HasSubstr("\"reason\": \"GATEWAY_UNREACHABLE\""));
  }
}

TEST(Cli, GivesUpAtTheTimeout) {
  SilentPort port;
  EXPECT_EQ(Webexctl({"health", "--timeout=20ms", "--address=" + port.address()}).code, 68);
  EXPECT_EQ(Webexctl({"provision", "--user_id=u", "--timeout=20ms", "--address=" + port.address()}).code, 68);
}

TEST(Cli, NamesEveryFaultAtOnce) {
  const CliResult result = Webexctl({"health", "now", "--adress=x", "--timeout=0s", "--tls_ca_file=ca.pem",
                                     "--tls_server_name=gw", "--user_id=u", "--output=xml"},
                                    "", {{"WEBEXCTL_TLS", "maybe"}});
  EXPECT_EQ(result.code, 2);
  EXPECT_EQ(result.out, "");
  for (const char* fault :
       {"webexctl: WEBEXCTL_TLS: 'maybe' is not valid", "webexctl: --adress: no such flag; did you mean --address?\n",
        "webexctl: --user_id: no such flag\n", "webexctl: --output: 'xml' is not valid",
        "webexctl: now: one argument too many\n", "webexctl: --timeout: must be above zero\n",
        "webexctl: --tls_ca_file: needs --tls\n", "webexctl: --tls_server_name: needs --tls\n",
        "Try 'webexctl help health'.\n"}) {
    EXPECT_THAT(result.err, HasSubstr(fault));
  }
}

TEST(Cli, NamesTheFaultsOfFilesAtOnceToo) {
  const CliResult result =
      Webexctl({"provision", "--file=/nonesuch", "--tls", "--tls_ca_file=/no-ca", "--tls_key_file=/no-key"});
  EXPECT_EQ(result.code, 2);
  EXPECT_EQ(result.err,
            "webexctl: /nonesuch: cannot be read: No such file or directory\n"
            "webexctl: /no-ca: contains no readable PEM certificates\n"
            "webexctl: a certificate needs its key, and a key its certificate\n"
            "Try 'webexctl help provision'.\n");
}

TEST(Cli, WantsAPortInTheAddress) {
  for (const auto& [address, fault] : std::vector<std::pair<std::string, std::string>>{
           {"", "is neither host:port nor unix:/path"},
           {"127.0.0.1", "is neither host:port nor unix:/path; did you mean --address=127.0.0.1:50051?"},
           {"gateway:", "is neither host:port nor unix:/path"},
           {"gateway:grpc", "is neither host:port nor unix:/path"},
           {"gateway:0", "is neither host:port nor unix:/path"},
           {"gateway:65536", "is neither host:port nor unix:/path"},
           {":50051", "is neither host:port nor unix:/path"},
           {"::1", "is neither host:port nor unix:/path"},
           {"http://gateway", "is a URL; did you mean --address=gateway:50051?"},
           {"http://gateway:50051/", "is a URL; did you mean --address=gateway:50051?"},
           {"https://gateway:50051", "is a URL; did you mean --address=gateway:50051 --tls?"},
           {"grpc://gateway:50051", "is a URL; did you mean --address=gateway:50051?"},
           {"tcp://[::1]:50051", "is a URL; did you mean --address=[::1]:50051?"},
           {"http://", "is a URL"}}) {
    const CliResult result = Webexctl({"health", "--address=" + address});
    EXPECT_EQ(result.code, 2) << address;
    EXPECT_EQ(result.err,
              absl::StrCat("webexctl: --address: '", address, "' ", fault, "\nTry 'webexctl help health'.\n"));
  }
}

TEST(Cli, TakesAnOrdersFileWithoutTheFlagForIt) {
  FakeGateway gateway;
  const std::string at = "--address=" + gateway.address();
  EXPECT_EQ(Webexctl({"provision", "-", "--request_id=r", at}, R"({"userId": "u"})").code, 0);
  EXPECT_EQ(gateway.orders().at(0).user_id(), "u");
  EXPECT_EQ(Webexctl({"update", at, "--workspace-id", "w", "-"}, R"({"extension": "1"})").code, 0);
  EXPECT_EQ(gateway.updates().at(0).workspace_id(), "w");
  EXPECT_THAT(Webexctl({"provision", "order.json"}).err,
              StartsWith("webexctl: order.json: cannot be read: No such file or directory\n"));
  EXPECT_THAT(Webexctl({"provision", "order.json", "--file=-"}).err,
              StartsWith("webexctl: order.json, --file=-: only one of them may be given\n"));
  EXPECT_THAT(Webexctl({"provision", "-", "second.json"}).err,
              StartsWith("webexctl: second.json: one argument too many\n"));
}

TEST(Cli, ReportsItsVersion) {
  const CliResult result = Webexctl({"--version"});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.out, testing::MatchesRegex("webexctl [0-9]+\\.[0-9]+\\.[0-9]+\n"));
  EXPECT_EQ(Webexctl({"health", "--version"}).out, result.out);
  EXPECT_EQ(Webexctl({"version"}).out, result.out);
}

TEST(Cli, NamesAShortFlagAsOneThatThereIsNot) {
  const CliResult result = Webexctl({"-f", "provision", "order.json"});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("webexctl: -f: no such flag\n"));
}

TEST(Cli, RefusesTextThatProtobufCannotCarry) {
  const CliResult result = Webexctl({"provision", "--display_name=B\xfcro"});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("not UTF-8"));
}

TEST(Cli, NamesTheKnownCommands) {
  constexpr char kKnown[] =
      "provision, update, remove, batch, operations list, operations summary, operations get, operations resolve, "
      "health, completion, version or help\nTry 'webexctl help'.\n";
  EXPECT_EQ(Webexctl({"order"}).code, 2);
  EXPECT_EQ(Webexctl({"order"}).err, std::string("webexctl: order: no such command; there are ") + kKnown);
  EXPECT_EQ(Webexctl({}).code, 2);
  EXPECT_EQ(Webexctl({}).err, std::string("webexctl: a command is missing: ") + kKnown);
  EXPECT_EQ(Webexctl({"help", "order"}).code, 2);
}

TEST(Cli, NamesTheCommandThatIsMeant) {
  EXPECT_EQ(Webexctl({"provison"}).err,
            "webexctl: provison: no such command; did you mean provision?\nTry 'webexctl help'.\n");
  EXPECT_EQ(Webexctl({"operations", "lst"}).err,
            "webexctl: operations lst: no such command; did you mean operations list?\n"
            "Try 'webexctl help operations'.\n");
}

TEST(Cli, ShowsItsHelp) {
  const CliResult overview = Webexctl({"--help"});
  EXPECT_EQ(overview.code, 0);
  EXPECT_EQ(overview.err, "");
  EXPECT_THAT(overview.out, AllOf(HasSubstr("  provision "), HasSubstr("  operations "), HasSubstr("  health "),
                                  HasSubstr("Exit codes:"), HasSubstr(".error.outcome of --output=json"),
                                  HasSubstr("  --address=127.0.0.1:50051\n")));
  EXPECT_EQ(Webexctl({"help"}).out, overview.out);
  EXPECT_EQ(Webexctl({"-h"}).out, overview.out);

  const CliResult provision = Webexctl({"help", "provision"});
  EXPECT_EQ(provision.code, 0);
  EXPECT_THAT(provision.out, AllOf(HasSubstr("--file=- <<'END'"), HasSubstr("  --display_name=\n")));
  EXPECT_EQ(Webexctl({"provision", "--help"}).out, provision.out);
  EXPECT_EQ(Webexctl({"--help", "provision"}).out, provision.out);
  EXPECT_THAT(Webexctl({"health", "-h"}).out, HasSubstr("/livez for liveness"));
  EXPECT_THAT(Webexctl({"update", "-h"}).out,
              AllOf(HasSubstr("webexctl update --workspace_id="), HasSubstr("\n  --file=\n")));
  EXPECT_THAT(Webexctl({"help", "remove"}).out,
              AllOf(HasSubstr("webexctl remove --workspace_id="), HasSubstr("\n  --workspace_id=\n"),
                    Not(HasSubstr("--extension"))));
}

TEST(Cli, NoticesThatItsAnswerCannotBeWritten) {
  const absl::FlagSaver saver;
  std::istringstream in;
  std::ostringstream err;
  std::ostream closed(nullptr);
  EXPECT_EQ(RunCli({"help"}, {in, closed, err, {}}), 3);
  EXPECT_EQ(err.str(), "webexctl: the answer could not be written to standard output\n");
}

}  // namespace
}  // namespace webex_gateway::client
