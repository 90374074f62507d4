#include "server/orders/fingerprint.h"

#include <gtest/gtest.h>

#include <set>

#include "absl/strings/escaping.h"
#include "tests/server/testing/orders.h"
#include "webex/broadworks/v1/options.pb.h"

namespace webex_gateway {
namespace {

using webex::broadworks::v1::ProvisionWorkspaceRequest;

TEST(Fingerprint, StaysTheSameFromReleaseToRelease) {
  EXPECT_EQ(absl::BytesToHexString(FingerprintOf(ExampleOrder())),
            "10f737e79655350025117d9036e40be7ec102ed3fe1fea868ab6a7175d06c297");
}

TEST(Fingerprint, DiffersWithEveryFieldThatIsSentToWebex) {
  std::set<std::string> seen = {FingerprintOf(ExampleOrder())};
  const auto* descriptor = ProvisionWorkspaceRequest::descriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto* field = descriptor->field(i);
    if (field->options().GetExtension(webex::broadworks::v1::gateway_only)) continue;
    ProvisionWorkspaceRequest order = ExampleOrder();
    order.GetReflection()->SetString(&order, field, "other");
    EXPECT_TRUE(seen.insert(FingerprintOf(order)).second) << field->name();
    order.GetReflection()->SetString(&order, field, "");
    EXPECT_TRUE(seen.insert(FingerprintOf(order)).second) << field->name();
    if (!field->has_presence()) continue;
    order.GetReflection()->ClearField(&order, field);
    EXPECT_TRUE(seen.insert(FingerprintOf(order)).second) << field->name();
  }
}

TEST(Fingerprint, KnowsWhereOneFieldEndsAndTheNextBegins) {
  ProvisionWorkspaceRequest one;
  one.set_provisioning_id("a2:1:b");
  ProvisionWorkspaceRequest two;
  two.set_provisioning_id("a");
  two.set_user_id("b");
  EXPECT_NE(FingerprintOf(one), FingerprintOf(two));
}

TEST(Fingerprint, LeavesTheGatewaysOwnFieldsOut) {
  ProvisionWorkspaceRequest order = ExampleOrder();
  order.set_request_id("11111111-2222-4333-8444-555555555555");
  order.set_validate_only(true);
  EXPECT_EQ(FingerprintOf(order), FingerprintOf(ExampleOrder()));
}

}  // namespace
}  // namespace webex_gateway
