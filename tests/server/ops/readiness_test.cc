#include "server/ops/readiness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"

namespace webex_gateway {
namespace {

Condition Good() { return {.token = {.usable = true}}; }

std::vector<std::string> Failing(const Condition& condition) {
  std::vector<std::string> names;
  for (const Check& check : ReadinessOf(condition)) {
    if (!check.ok()) names.push_back(check.name);
  }
  EXPECT_EQ(names.empty(), IsReady(ReadinessOf(condition)));
  return names;
}

TEST(ReadinessTest, IsReadyWhereNothingIsWrong) { EXPECT_THAT(Failing(Good()), testing::IsEmpty()); }

TEST(ReadinessTest, NeedsATokenToSend) {
  Condition condition = Good();
  condition.token = {.usable = false, .troubles = {"the refresh token has expired", "the file is empty"}};
  EXPECT_THAT(Failing(condition), testing::ElementsAre("token"));
  EXPECT_EQ(ReadinessOf(condition)[0].trouble,
            "there is no usable token: the refresh token has expired; the file is empty");
}

TEST(ReadinessTest, IsReadyWithATokenThatStillServesWhateverTroubleItsSourceHas) {
  Condition condition = Good();
  condition.token.troubles = {"the file cannot be read"};
  EXPECT_THAT(Failing(condition), testing::IsEmpty());
}

TEST(ReadinessTest, IsNotReadyWhileTheBreakerIsOpen) {
  Condition condition = Good();
  condition.breaker = Breaker::State::kOpen;
  EXPECT_THAT(Failing(condition), testing::ElementsAre("breaker"));
}

TEST(ReadinessTest, NeedsALedgerThatCanBeWritten) {
  Condition condition = Good();
  condition.ledger_trouble = "the disk is full";
  EXPECT_THAT(Failing(condition), testing::ElementsAre("ledger"));
  EXPECT_EQ(ReadinessOf(condition)[1].trouble, "orders cannot be recorded, so none is sent: the disk is full");
}

TEST(ReadinessTest, TakesTheOrderThatProbesWhetherWebexIsBackButIsNotReady) {
  Condition condition = Good();
  condition.breaker = Breaker::State::kHalfOpen;
  EXPECT_THAT(Failing(condition), testing::ElementsAre("breaker"));
  EXPECT_TRUE(TakesOrders(ReadinessOf(condition)));
  condition.breaker = Breaker::State::kOpen;
  EXPECT_FALSE(TakesOrders(ReadinessOf(condition)));
}

TEST(ReadinessTest, IsNotReadyWhileWebexRefusesTheTokenAndTakesTheOrderThatTriesIt) {
  Condition condition = Good();
  condition.token.refused = TokenRefusal{absl::FromUnixSeconds(1'700'000'000), 3, absl::Seconds(3)};
  EXPECT_THAT(Failing(condition), testing::ElementsAre("token"));
  EXPECT_EQ(ReadinessOf(condition)[0].trouble, "Webex refuses the gateway's token since 22:13:20 UTC");
  EXPECT_FALSE(TakesOrders(ReadinessOf(condition)));
  condition.token.refused->next_try = absl::ZeroDuration();
  EXPECT_THAT(Failing(condition), testing::ElementsAre("token"));
  EXPECT_TRUE(TakesOrders(ReadinessOf(condition)));
  condition.token.usable = false;  // it has been thrown away, and there is no other
  EXPECT_FALSE(TakesOrders(ReadinessOf(condition)));
}

TEST(ReadinessTest, SaysThatWebexHasNoTrustedCertificateAndTakesAnOrderThatTriesAfterAMinute) {
  Condition condition = Good();
  condition.now = absl::FromUnixSeconds(1'700'000'000);
  const auto refused = [&](const char* reason, absl::Duration ago) {
    return Refusal{.since = {}, .last = condition.now - ago, .reason = reason, .detail = "self-signed certificate"};
  };
  condition.refusal = refused("WEBEX_TLS_FAILED", absl::Seconds(59));
  EXPECT_THAT(Failing(condition), testing::ElementsAre("webex"));
  EXPECT_EQ(ReadinessOf(condition)[3].trouble, "self-signed certificate");
  EXPECT_FALSE(TakesOrders(ReadinessOf(condition)));
  condition.refusal = refused("WEBEX_TLS_FAILED", absl::Minutes(1));
  EXPECT_THAT(Failing(condition), testing::ElementsAre("webex"));
  EXPECT_TRUE(TakesOrders(ReadinessOf(condition)));
  // It may forbid one order and take the next.
  condition.refusal = refused("WEBEX_FORBIDDEN", absl::ZeroDuration());
  EXPECT_THAT(Failing(condition), testing::IsEmpty());
}

TEST(ReadinessTest, IsNotReadyFromTheMomentWhenAStopIsAskedFor) {
  Condition condition = Good();
  condition.draining = true;
  EXPECT_THAT(Failing(condition), testing::ElementsAre("drain"));
}

TEST(ReadinessTest, SaysInJsonWhichChecksFailAndWhy) {
  EXPECT_EQ(ReadinessJson({{"a", ""}, {"b", ""}}),
            "{\"ready\": true, \"checks\": [{\"name\": \"a\", \"ok\": true}, {\"name\": \"b\", \"ok\": true}]}\n");
  EXPECT_EQ(ReadinessJson({{"a", "why"}}),
            "{\"ready\": false, \"checks\": [{\"name\": \"a\", \"ok\": false, \"trouble\": \"why\"}]}\n");
  EXPECT_EQ(ReadinessJson({{"a", "why", true}}),
            "{\"ready\": false, \"trying\": true, \"checks\": [{\"name\": \"a\", \"ok\": false, \"trouble\": "
            "\"why\"}]}\n");
}

TEST(ReadinessTest, SaysInJsonWhatToSeeToAlthoughItIsReady) {
  EXPECT_EQ(ReadinessJson({{"a", ""}}, {"none was applied"}),
            "{\"ready\": true, \"checks\": [{\"name\": \"a\", \"ok\": true}], \"warnings\": [\"none was "
            "applied\"]}\n");
}

TEST(ReadinessTest, KeepsToJsonWhateverTheTroubleSays) {
  const std::string odd = "a \"b\\c\" \n\t\x01 \x7f \xc3\xa4";
  google::protobuf::Struct json;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(ReadinessJson({{"a", odd}}), &json).ok());
  const auto& check = json.fields().at("checks").list_value().values(0).struct_value();
  EXPECT_EQ(check.fields().at("trouble").string_value(), odd);
}

}  // namespace
}  // namespace webex_gateway
