#include "client/settlement.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace webex_gateway::client {
namespace {

constexpr int64_t kExported = 1'000'000;

SettlementRules Rules(bool absent_is_not_applied = true) {
  return {.absent_is_not_applied = absent_is_not_applied,
          .older_than = absl::Minutes(15),
          .exported_at = absl::FromUnixSeconds(kExported)};
}

// An order of that user, which may have been sent until so long before the export.
Operations OrderOf(const std::string& user, int64_t seconds_before = 3600) {
  Operations operations;
  auto& operation = *operations.Add();
  operation.set_user_id(user);
  operation.mutable_sends_until()->set_seconds(kExported - seconds_before);
  return operations;
}

WorkspaceExport Export(std::map<std::string, std::set<std::string>> workspaces) {
  return {.rows = 1, .workspaces = std::move(workspaces)};
}

Settlement Settled(const Operations& operations, const WorkspaceExport& found, const SettlementRules& rules = Rules()) {
  return Settle(operations, found, rules).at(0);
}

TEST(Settlement, TakesAnOrderForAppliedWhoseUserHasAWorkspace) {
  const Operations operations = OrderOf(" ADA@sp.com");
  EXPECT_EQ(UsersOf(operations), std::set<std::string>{"ada@sp.com"});
  for (const bool absent_is_not_applied : {false, true}) {
    const Settlement settlement =
        Settled(operations, Export({{"ada@sp.com", {"", "w1"}}}), Rules(absent_is_not_applied));
    EXPECT_EQ(settlement.finding, Finding::kApplied);
    EXPECT_EQ(settlement.workspace_id, "w1");
    EXPECT_EQ(settlement.operation, &operations.Get(0));
  }
}

TEST(Settlement, LeavesItToAPersonWhichOfSeveralWorkspacesItIs) {
  EXPECT_EQ(Settled(OrderOf("u"), Export({{"u", {"w1", "w2"}}})).why, "its user is in the file with 2 workspaces");
  EXPECT_EQ(Settled(OrderOf("u"), Export({{"u", {""}}})).why, "its user is in the file, but without a workspace id");
}

TEST(Settlement, ResolvesAnAbsentUsersOrderAsNotAppliedOnlyIfRequestedAndOldEnough) {
  EXPECT_EQ(Settled(OrderOf("u"), Export({}), Rules(false)).why, "its user is not in the file");
  EXPECT_EQ(Settled(OrderOf("u", 15 * 60), Export({})).finding, Finding::kNotApplied);
  const Settlement young = Settled(OrderOf("u", 15 * 60 - 1), Export({}));
  EXPECT_EQ(young.finding, Finding::kLeft);
  EXPECT_EQ(young.why,
            "its user is not in the file, but that was exported less than 15 min after it may have been sent");
}

TEST(Settlement, GoesByTheEndOfAnOrderOfWhichNobodySaysUntilWhenItWasSent) {
  Operations operations = OrderOf("u");
  operations[0].clear_sends_until();
  operations[0].mutable_update_time()->set_seconds(kExported - 15 * 60 + 1);
  EXPECT_EQ(Settled(operations, Export({})).finding, Finding::kLeft);
  operations[0].mutable_update_time()->set_seconds(kExported - 15 * 60);
  EXPECT_EQ(Settled(operations, Export({})).finding, Finding::kNotApplied);
}

TEST(Settlement, LeavesAnAbsentUsersOrderForWhichWebexNamedAWorkspace) {
  Operations operations = OrderOf("u");
  operations[0].set_workspace_id("w9");
  const Settlement settlement = Settled(operations, Export({}));
  EXPECT_EQ(settlement.finding, Finding::kLeft);
  EXPECT_EQ(settlement.why, "its user is not in the file, but Webex named a workspace: see operations get");
}

TEST(Settlement, LeavesOrdersForOneUserInSeveralEnterprises) {
  Operations operations = OrderOf("u");
  *operations.Add() = operations[0];
  for (const Settlement& settlement : Settle(operations, Export({{"u", {"w1"}}}), Rules())) {
    EXPECT_EQ(settlement.finding, Finding::kLeft);
    EXPECT_EQ(settlement.why, "orders from more than one enterprise are for its user");
  }
}

}  // namespace
}  // namespace webex_gateway::client
