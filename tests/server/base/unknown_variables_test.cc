#include "server/base/unknown_variables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace webex_gateway {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

constexpr char kPrefix[] = "WEBEX_GATEWAY_";

std::vector<std::string> UnknownIn(const Variables& variables) {
  return UnknownVariables(kPrefix, {"WEBEX_GATEWAY_ALLOWED_CLIENTS", "WEBEX_GATEWAY_LISTEN", "WEBEX_GATEWAY_LEDGER"},
                          variables);
}

TEST(UnknownVariables, AreNoneOfTheProgramsSettings) {
  EXPECT_THAT(UnknownIn({{"WEBEX_GATEWAY_LISTEN", "secret"},
                         {"WEBEX_GATEWAY_NUMBER_OF_THREADS", "secret"},
                         {"WEBEX_GATEWAY_", "secret"},
                         {"WEBEX_GATEWAY", "secret"},
                         {"HOME", "secret"}}),
              ElementsAre("WEBEX_GATEWAY_: there is no such setting",
                          "WEBEX_GATEWAY_NUMBER_OF_THREADS: there is no such setting"));
}

TEST(UnknownVariables, AreNamedWithTheSettingThatIsOneOrTwoLettersAway) {
  EXPECT_THAT(
      UnknownIn({{"WEBEX_GATEWAY_ALLOWED_CLIENT", ""}}),
      ElementsAre(
          "WEBEX_GATEWAY_ALLOWED_CLIENT: there is no such setting; did you mean WEBEX_GATEWAY_ALLOWED_CLIENTS?"));
  EXPECT_THAT(UnknownIn({{"WEBEX_GATEWAY_LISTNE", ""}}),
              ElementsAre("WEBEX_GATEWAY_LISTNE: there is no such setting; did you mean WEBEX_GATEWAY_LISTEN?"));
  EXPECT_THAT(UnknownIn({{"WEBEX_GATEWAY_LEDGERFOO", ""}}),
              ElementsAre("WEBEX_GATEWAY_LEDGERFOO: there is no such setting"));
}

// As the kubelet makes them for the services "webex-gateway" and "webex-gateway-admin".
TEST(UnknownVariables, AreNotThoseThatKubernetesMakes) {
  EXPECT_THAT(UnknownIn({{"WEBEX_GATEWAY_SERVICE_HOST", "10.0.0.11"},
                         {"WEBEX_GATEWAY_SERVICE_PORT", "50051"},
                         {"WEBEX_GATEWAY_SERVICE_PORT_GRPC", "50051"},
                         {"WEBEX_GATEWAY_PORT", "tcp://10.0.0.11:50051"},
                         {"WEBEX_GATEWAY_PORT_50051_TCP", "tcp://10.0.0.11:50051"},
                         {"WEBEX_GATEWAY_PORT_50051_TCP_PROTO", "tcp"},
                         {"WEBEX_GATEWAY_PORT_50051_TCP_PORT", "50051"},
                         {"WEBEX_GATEWAY_PORT_50051_TCP_ADDR", "10.0.0.11"},
                         {"WEBEX_GATEWAY_ADMIN_SERVICE_HOST", "10.0.0.12"},
                         {"WEBEX_GATEWAY_ADMIN_PORT", "udp://10.0.0.12:9464"},
                         {"WEBEX_GATEWAY_ADMIN_PORT_9464_UDP_PORT", "9464"}}),
              IsEmpty());
}

TEST(UnknownVariables, AreThosePortsThatSomebodyHopesFor) {
  EXPECT_THAT(UnknownIn({{"WEBEX_GATEWAY_PORT", "50051"}}),
              ElementsAre("WEBEX_GATEWAY_PORT: there is no such setting"));
}

TEST(ProcessVariables, AreTheEnvironment) {
  setenv("UNKNOWN_VARIABLES_TEST", "a=b", 1);
  EXPECT_THAT(ProcessVariables(), Contains(Pair("UNKNOWN_VARIABLES_TEST", "a=b")));
}

}  // namespace
}  // namespace webex_gateway
