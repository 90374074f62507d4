#include "server/orders/validate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "google/api/field_behavior.pb.h"
#include "google/protobuf/text_format.h"
#include "tests/server/testing/details.h"
#include "tests/server/testing/made_up_type.h"
#include "tests/server/testing/orders.h"

namespace webex_gateway {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using webex::broadworks::v1::ProvisionWorkspaceRequest;

// "field description" of each violation.
std::vector<std::string> FaultsOf(const google::protobuf::Message& order) {
  std::vector<std::string> faults;
  for (const FieldViolation& violation : Validate(order))
    faults.push_back(violation.field + " " + violation.description);
  return faults;
}

std::vector<std::string> FaultsOfName(const std::string& name) {
  ProvisionWorkspaceRequest order = ExampleOrder();
  order.set_display_name(name);
  return FaultsOf(order);
}

std::vector<std::string> FaultsOfRequestId(const std::string& id) {
  ProvisionWorkspaceRequest order = ExampleOrder();
  order.set_request_id(id);
  return FaultsOf(order);
}

std::vector<std::string> FaultsOfWorkspaceId(const std::string& id) {
  webex::broadworks::v1::RemoveWorkspaceRequest order;
  order.set_workspace_id(id);
  return FaultsOf(order);
}

TEST(Validate, TakesAnyTextForAWorkspaceIdButAStepInThePath) {
  for (const char* id : {"Y2lzY29z", "a/b", "a+b", "a%2Fb", "a b", "../x", "...", "B\xc3\xbcro"}) {
    EXPECT_THAT(FaultsOfWorkspaceId(id), IsEmpty()) << id;
  }
  EXPECT_THAT(FaultsOfWorkspaceId(std::string(256, 'x')), IsEmpty());
  EXPECT_THAT(FaultsOfWorkspaceId(std::string(257, 'x')),
              ElementsAre("workspaceId has 257 bytes; at most 256 are allowed"));
  EXPECT_THAT(FaultsOfWorkspaceId(""), ElementsAre("workspaceId must not be empty"));
  EXPECT_THAT(FaultsOfWorkspaceId("a\n"), ElementsAre("workspaceId has control characters"));
  for (const char* id : {".", ".."}) {
    EXPECT_THAT(FaultsOfWorkspaceId(id), ElementsAre("workspaceId is a step in a path, not a workspace id")) << id;
  }
}

TEST(Validate, TakesTheExampleOfTheReference) { EXPECT_THAT(FaultsOf(ExampleOrder()), IsEmpty()); }

TEST(Validate, NamesEveryFaultAsJsonNamesItsField) {
  EXPECT_THAT(FaultsOf(ProvisionWorkspaceRequest()),
              ElementsAre("provisioningId must not be empty", "userId must not be empty",
                          "spEnterpriseId must not be empty", "displayName must not be empty"));
  ProvisionWorkspaceRequest order;
  order.set_provisioning_id("p\n");
  order.set_user_id("u");
  order.set_display_name(std::string(1025, 'x'));
  order.set_extension("\x7f");
  order.set_request_id("1");
  EXPECT_THAT(FaultsOf(order),
              ElementsAre("provisioningId has control characters", "spEnterpriseId must not be empty",
                          "displayName has 1025 bytes; at most 1024 are allowed", "extension has control characters",
                          "requestId is not a UUID (8-4-4-4-12 hexadecimal digits)"));
}

TEST(Validate, TakesOptionalFieldsAbsentOrEmpty) {
  ProvisionWorkspaceRequest order = ExampleOrder();
  order.clear_extension();
  order.set_primary_phone_number("");
  EXPECT_THAT(FaultsOf(order), IsEmpty());
}

TEST(Validate, CountsBytesNotCharacters) {
  EXPECT_THAT(FaultsOfName(std::string(1024, 'x')), IsEmpty());
  EXPECT_THAT(FaultsOfName(std::string(1025, 'x')),
              ElementsAre("displayName has 1025 bytes; at most 1024 are allowed"));
  std::string umlauts;
  for (int i = 0; i < 512; ++i) umlauts += "\xc3\x9c";
  EXPECT_THAT(FaultsOfName(umlauts), IsEmpty());
  EXPECT_THAT(FaultsOfName(umlauts + "x"), ElementsAre("displayName has 1025 bytes; at most 1024 are allowed"));
}

TEST(Validate, RefusesEveryControlCharacter) {
  for (int c = 0; c < 0x20; ++c) {
    EXPECT_THAT(FaultsOfName("a" + std::string(1, static_cast<char>(c))),
                ElementsAre("displayName has control characters"))
        << c;
  }
  EXPECT_THAT(FaultsOfName("\x7f"), ElementsAre("displayName has control characters"));
  for (int c = 0x80; c < 0xA0; ++c) {
    EXPECT_THAT(FaultsOfName("\xc2" + std::string(1, static_cast<char>(c))),
                ElementsAre("displayName has control characters"))
        << c;
  }
}

TEST(Validate, TakesEveryOtherCharacter) {
  for (const char* name : {" ", "~", "\xc2\xa0", "\xc2\xbf", "\xc3\x80", "\xc3\x9f", "\xe2\x80\x8b", "\xe4\xbc\x9a",
                           "\xf0\x9f\x93\x9e", "\xf4\x8f\xbf\xbf", "<script>", "'; --", "\\", "\""}) {
    EXPECT_THAT(FaultsOfName(name), IsEmpty()) << name;
  }
}

TEST(Validate, TakesAPhoneNumberAsItIs) {
  for (const char* number : {"+1-240-555-1212", "+1 240 555 1212", "tel:+12405551212", "(240) 555-1212", "x", " "}) {
    ProvisionWorkspaceRequest order = ExampleOrder();
    order.set_primary_phone_number(number);
    order.set_extension(number);
    EXPECT_THAT(FaultsOf(order), IsEmpty()) << number;
  }
}

TEST(Validate, TakesAnyUuidForARequestIdAndNothingElse) {
  for (const char* id : {"", "11111111-2222-4333-8444-555555555555", "00000000-0000-0000-0000-000000000000",
                         "ABCDEFAB-CDEF-ABCD-EFAB-CDEFABCDEFAB", "abcdefab-cdef-1bcd-cfab-cdefabcdefab"}) {
    EXPECT_THAT(FaultsOfRequestId(id), IsEmpty()) << id;
  }
  for (const char* id : {"1", " ", "11111111222243338444555555555555", "{11111111-2222-4333-8444-555555555555}",
                         "11111111-2222-4333-8444-55555555555", "11111111-2222-4333-8444-5555555555555",
                         "11111111-2222-4333-8444-55555555555g", "111111112-222-4333-8444-555555555555",
                         " 11111111-2222-4333-8444-555555555555", "11111111_2222_4333_8444_555555555555",
                         "urn:uuid:11111111-2222-4333-8444-555555555555"}) {
    EXPECT_THAT(FaultsOfRequestId(id), ElementsAre("requestId is not a UUID (8-4-4-4-12 hexadecimal digits)")) << id;
  }
}

// A method of Webex's may have more than texts one day.
TEST(Validate, LooksIntoListsAndMessages) {
  MadeUpType type(R"pb(name: "later.proto"
                       syntax: "proto3"
                       message_type {
                         name: "Site"
                         field { name: "site_name" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
                         field { name: "tags" number: 2 type: TYPE_STRING label: LABEL_REPEATED }
                         field { name: "floor" number: 3 type: TYPE_INT32 label: LABEL_OPTIONAL }
                       }
                       message_type {
                         name: "Order"
                         field {
                           name: "site"
                           number: 1
                           type: TYPE_MESSAGE
                           type_name: ".Site"
                           label: LABEL_OPTIONAL
                           options {
                             [google.api.field_behavior]: REQUIRED
                           }
                         }
                         field {
                           name: "others"
                           number: 2
                           type: TYPE_MESSAGE
                           type_name: ".Site"
                           label: LABEL_REPEATED
                           options {
                             [google.api.field_behavior]: REQUIRED
                           }
                         }
                         field {
                           name: "seats"
                           number: 3
                           type: TYPE_INT32
                           label: LABEL_REPEATED
                           options {
                             [google.api.field_behavior]: REQUIRED
                           }
                         }
                       })pb");
  const std::unique_ptr<google::protobuf::Message> order = type.New("Order");
  EXPECT_THAT(FaultsOf(*order),
              ElementsAre("site must not be empty", "others must not be empty", "seats must not be empty"));
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(R"pb(site { site_name: "a\n" floor: 3 }
                                                                 others {}
                                                                 others { tags: "x" tags: "\x7f" }
                                                                 seats: 1)pb",
                                                            order.get()));
  EXPECT_THAT(FaultsOf(*order),
              ElementsAre("site.siteName has control characters", "others[1].tags[1] has control characters"));
}

TEST(InvalidRequest, NamesEachViolationInMessageAndDetails) {
  const absl::Status status = InvalidRequest({{"userId", "must not be empty"}, {"extension", "is odd"}}, "r");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "the request is invalid: userId must not be empty; extension is odd");
  EXPECT_EQ(ReasonOf(status), "INVALID_REQUEST");
  EXPECT_EQ(OutcomeOf(status), "not_applied");
  EXPECT_EQ(MetadataOf(status, "request_id"), "r");
  EXPECT_EQ(RetryDelayOf(status), std::nullopt);
  const auto bad = DetailOf<google::rpc::BadRequest>(status);
  ASSERT_EQ(bad->field_violations_size(), 2);
  EXPECT_EQ(bad->field_violations(1).field(), "extension");
  EXPECT_EQ(bad->field_violations(1).description(), "is odd");
}

}  // namespace
}  // namespace webex_gateway
