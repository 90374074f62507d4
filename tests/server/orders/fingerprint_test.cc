#include "server/orders/fingerprint.h"

#include <gtest/gtest.h>

#include <set>

#include "absl/strings/escaping.h"
#include "google/protobuf/text_format.h"
#include "tests/server/testing/made_up_type.h"
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

TEST(Fingerprint, KnowsFieldsThatAreNoTexts) {
  MadeUpType type(R"pb(name: "later.proto"
                       syntax: "proto3"
                       message_type {
                         name: "Order"
                         field {
                           name: "seats"
                           number: 1
                           type: TYPE_INT32
                           label: LABEL_OPTIONAL
                           proto3_optional: true
                           oneof_index: 0
                         }
                         field { name: "tags" number: 2 type: TYPE_STRING label: LABEL_REPEATED }
                         field { name: "part" number: 3 type: TYPE_MESSAGE type_name: ".Order" label: LABEL_OPTIONAL }
                         oneof_decl { name: "_seats" }
                       })pb");
  const std::unique_ptr<google::protobuf::Message> order = type.New("Order");
  std::set<std::string> seen;
  for (const char* text : {"", "seats: 0", "seats: 1", "seats: 11", "tags: ''", "tags: 'a,b'", "tags: 'a' tags: 'b'",
                           "part {}", "part { seats: 1 }", "part { tags: 'a' }", "part { part {} }"}) {
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(text, order.get())) << text;
    EXPECT_TRUE(seen.insert(FingerprintOf(*order)).second) << text;
  }
}

}  // namespace
}  // namespace webex_gateway
