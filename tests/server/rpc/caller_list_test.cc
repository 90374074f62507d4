#include "server/rpc/caller_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "tests/server/testing/details.h"

namespace webex_gateway {
namespace {

constexpr char kOrder[] = "/webex.broadworks.v1.WorkspaceService/ProvisionWorkspace";
constexpr char kResolve[] = "/webex.broadworks.v1.OperationService/ResolveOperation";

// A caller whose certificate has these names, of the kind that each looks like.
Peer Named(const std::vector<std::string>& names) {
  Peer peer;
  for (const std::string& name : names)
    (absl::StrContains(name, "://") ? peer.names.uris : peer.names.dns).push_back(name);
  return peer;
}
const Peer& OnUnixSocket() {
  static const auto& peer = *new Peer{.on_unix_socket = true};
  return peer;
}

TEST(CallerListTest, HasWhoBearsOneOfItsNamesLetterByLetter) {
  const CallerList list({"spiffe://sp.com/billing", "orders.sp.com"});
  EXPECT_TRUE(list.Has(Named({"billing.sp.com", "spiffe://sp.com/billing"})));
  EXPECT_TRUE(list.Has(Named({"orders.sp.com"})));
  for (const char* other : {"", "spiffe://sp.com/billing/", "spiffe://sp.com/Billing", "Orders.sp.com", "*.sp.com",
                            "orders.sp.com.", "unix"}) {
    EXPECT_FALSE(list.Has(Named({other}))) << other;
  }
  EXPECT_FALSE(list.Has(Named({std::string("orders.sp.com\0.evil", 19)})));
  EXPECT_FALSE(list.Has(Named({})));
  EXPECT_FALSE(list.Has(OnUnixSocket()));
}

TEST(CallerListTest, TakesADnsNameForNoUriAndAUriForNoDnsName) {
  const CallerList list({"spiffe://sp.com/billing", "orders.sp.com"});
  EXPECT_FALSE(list.Has({.names = {.dns = {"spiffe://sp.com/billing"}, .uris = {}}}));
  EXPECT_FALSE(list.Has({.names = {.dns = {}, .uris = {"orders.sp.com"}}}));
  EXPECT_TRUE(list.Has({.names = {.dns = {"x"}, .uris = {"spiffe://sp.com/billing"}}}));
  EXPECT_TRUE(list.Has({.names = {.dns = {"orders.sp.com"}, .uris = {"urn:x"}}}));
}

TEST(CallerListTest, IncludesTheUnixSocketsCallersOnlyIfListed) {
  const CallerList list({"unix"});
  EXPECT_TRUE(list.Has(OnUnixSocket()));
  EXPECT_FALSE(list.Has(Named({"unix"})));  // a certificate may bear any name
}

TEST(CallerPolicyTest, LetsEveryoneThroughWhereThereAreNoLists) {
  const CallerPolicy policy({}, {});
  EXPECT_TRUE(policy.Check(Named({}), kOrder).ok());
  EXPECT_TRUE(policy.Check(Named({}), kResolve).ok());
}

TEST(CallerPolicyTest, RefusesWhoIsNotAllowedWhateverItAsksForAndSaysNoMore) {
  const CallerPolicy policy({"orders.sp.com"}, {});
  EXPECT_TRUE(policy.Check(Named({"orders.sp.com"}), kResolve).ok());
  for (const char* method : {kOrder, kResolve, "/grpc.health.v1.Health/Check", "/no/such"}) {
    const absl::Status status = policy.Check(Named({"evil.sp.com"}), method);
    EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
    EXPECT_EQ(ReasonOf(status), "CALLER_NOT_ALLOWED");
    EXPECT_EQ(status.message(), "this caller may not call this gateway");
    EXPECT_EQ(OutcomeOf(status), "unchanged");
  }
}

TEST(CallerPolicyTest, LeavesResolvingToItsOwnList) {
  const CallerPolicy policy({"orders.sp.com", "ops.sp.com"}, {"ops.sp.com", "unix", "other.sp.com"});
  EXPECT_TRUE(policy.Check(Named({"ops.sp.com"}), kResolve).ok());
  EXPECT_TRUE(policy.Check(Named({"orders.sp.com"}), kOrder).ok());
  const absl::Status status = policy.Check(Named({"orders.sp.com"}), kResolve);
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ReasonOf(status), "CALLER_NOT_RESOLVER");
  EXPECT_EQ(status.message(), "this caller may not resolve operations");
  EXPECT_EQ(ReasonOf(policy.Check(Named({"other.sp.com"}), kResolve)), "CALLER_NOT_ALLOWED");
  EXPECT_EQ(ReasonOf(policy.Check(OnUnixSocket(), kResolve)), "CALLER_NOT_ALLOWED");
}

TEST(ReadPolicyTest, ShowsEveryoneAllWhereThereIsNoList) {
  const ReadPolicy policy({});
  EXPECT_EQ(policy.Only("", false), std::nullopt);
  EXPECT_EQ(policy.Only("orders.sp.com", false), std::nullopt);
}

TEST(ReadPolicyTest, ShowsAllToThoseOnTheListAndToOthersTheirOwn) {
  const ReadPolicy policy({"ops.sp.com", "spiffe://sp.com/ops"});
  EXPECT_EQ(policy.Only("ops.sp.com", false), std::nullopt);
  EXPECT_EQ(policy.Only("spiffe://sp.com/ops", false), std::nullopt);
  for (const char* other : {"orders.sp.com", "CN:ops.sp.com", "URI:ops.sp.com", "DNS:spiffe://sp.com/ops", "unix"})
    EXPECT_EQ(policy.Only(other, false), other);
}

TEST(ReadPolicyTest, ShowsNothingToWhoProvesNoNameOrOneThatMayHaveBeenCut) {
  const ReadPolicy policy({"ops.sp.com"});
  EXPECT_EQ(policy.Only("", false), "");
  EXPECT_EQ(policy.Only("", true), "");
  EXPECT_EQ(policy.Only(std::string(252, 'a'), false), std::string(252, 'a'));
  EXPECT_EQ(policy.Only(std::string(253, 'a'), false), "");
}

TEST(ReadPolicyTest, ShowsTheUnixSocketsCallersAllWhereItSaysSo) {
  const ReadPolicy policy({"unix"});
  EXPECT_EQ(policy.Only("", true), std::nullopt);
  EXPECT_EQ(policy.Only("", false), "");
  EXPECT_EQ(policy.Only("unix", false), "unix");
}

}  // namespace
}  // namespace webex_gateway
