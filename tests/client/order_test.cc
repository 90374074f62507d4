#include "client/order.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"

namespace webex_gateway::client {
namespace {

using webex::broadworks::v1::ProvisionWorkspaceRequest;

constexpr char kExample[] = R"({
  "provisioningId": "ZjViZjI4NjQtYzU4Mi00ZDVk",
  "userId": "95547321@sp.com",
  "spEnterpriseId": "Reseller1+acme",
  "displayName": "Conference Room",
  "primaryPhoneNumber": "+1-240-555-1212",
  "extension": "51212"
})";

absl::StatusOr<ProvisionWorkspaceRequest> FromStdin(const std::string& json, OrderFlags flags = {}) {
  std::istringstream in(json);
  flags.file = "-";
  return ReadOrder(flags, in);
}

std::string FaultOf(const std::string& json) {
  const auto order = FromStdin(json);
  EXPECT_EQ(order.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(order.status().message());
}

TEST(ReadOrder, TakesTheRestReferencesJson) {
  const auto order = FromStdin(kExample);
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_EQ(order->provisioning_id(), "ZjViZjI4NjQtYzU4Mi00ZDVk");
  EXPECT_EQ(order->user_id(), "95547321@sp.com");
  EXPECT_EQ(order->sp_enterprise_id(), "Reseller1+acme");
  EXPECT_EQ(order->display_name(), "Conference Room");
  EXPECT_EQ(order->primary_phone_number(), "+1-240-555-1212");
  EXPECT_EQ(order->extension(), "51212");
}

TEST(ReadOrder, SkipsAByteOrderMark) {
  const auto order = FromStdin(absl::StrCat("\xEF\xBB\xBF", kExample));
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_EQ(order->user_id(), "95547321@sp.com");
}

TEST(ReadOrder, LeavesOutWhatIsNotGiven) {
  const auto order = FromStdin(R"({"userId": "u", "extension": null})");
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_FALSE(order->has_primary_phone_number());
  EXPECT_FALSE(order->has_extension());
}

TEST(ReadOrder, TellsGivenAndEmptyFromNotGiven) {
  std::istringstream in;
  const auto order = ReadOrder({.user_id = "u", .extension = ""}, in);
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_FALSE(order->has_primary_phone_number());
  EXPECT_TRUE(order->has_extension());
  EXPECT_EQ(order->extension(), "");
}

TEST(ReadOrder, LetsFlagsOverrideTheFile) {
  const auto order = FromStdin(kExample, {.provisioning_id = "p",
                                          .user_id = "u",
                                          .sp_enterprise_id = "e",
                                          .display_name = "d",
                                          .primary_phone_number = "",
                                          .extension = "7",
                                          .request_id = "r",
                                          .validate_only = true});
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_EQ(order->ShortDebugString(),
            "provisioning_id: \"p\" user_id: \"u\" sp_enterprise_id: \"e\" display_name: \"d\" "
            "primary_phone_number: \"\" extension: \"7\" request_id: \"r\" validate_only: true");
}

TEST(ReadOrder, KeepsTheFilesOwnWishToOnlyValidate) {
  EXPECT_TRUE(FromStdin(R"({"userId": "u", "validateOnly": true})")->validate_only());
}

TEST(ReadOrder, ReadsAFile) {
  const std::string path = testing::TempDir() + "/order.json";
  std::ofstream(path) << kExample;
  std::istringstream in;
  const auto order = ReadOrder({.file = path}, in);
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_EQ(order->user_id(), "95547321@sp.com");
}

TEST(ReadOrder, NamesAFieldThatNoOrderHas) {
  EXPECT_EQ(FaultOf(R"({"userId": "u", "primaryPhoneNumer": "+1"})"),
            "standard input: not an order in JSON: primaryPhoneNumer: Cannot find field.");
}

TEST(ReadOrder, PointsAtBrokenJson) {
  EXPECT_EQ(FaultOf("{\n  \"userId\" \"u\"\n}"),
            "standard input: not an order in JSON: Expected : between key:value pair.\n"
            "  {   \"userId\" \"u\" }\n"
            "               ^");
  EXPECT_EQ(FaultOf(R"({"userId": "u")"),
            "standard input: not an order in JSON: Unexpected end of string. Expected , or } after key:value pair.");
}

TEST(ReadOrder, TakesNoNumberForText) {
  EXPECT_EQ(FaultOf(R"({"extension": 51212})"),
            "standard input: not an order in JSON: (extension): invalid value 51212 for type TYPE_STRING "
            "(text needs quotes)");
}

TEST(ReadOrder, TakesNothingButOneObject) {
  for (const char* json : {"", " \n", "[]", "null", "\"userId\"", "userId=u"}) {
    EXPECT_EQ(FaultOf(json), "standard input: not a JSON object, which an order must be");
  }
  EXPECT_EQ(FaultOf(R"({"userId": "u"} {})"),
            "standard input: not an order in JSON: Parsing terminated before end of input.\n"
            "  {\"userId\": \"u\"} {}\n"
            "                  ^");
}

TEST(ReadOrder, ReadsNoMoreThanAnOrderCanHold) {
  const std::string longest = absl::StrCat("{", std::string(kMaxOrderBytes - 2, ' '), "}");
  EXPECT_TRUE(FromStdin(longest).ok());
  EXPECT_EQ(FaultOf(longest + " "), "standard input: longer than 65536 bytes, so not an order");
}

TEST(ReadOrder, NamesAFileThatCannotBeRead) {
  std::istringstream in;
  EXPECT_EQ(ReadOrder({.file = "/nonesuch"}, in).status(),
            absl::InvalidArgumentError("/nonesuch: cannot be read: No such file or directory"));
  EXPECT_EQ(ReadOrder({.file = "/"}, in).status(), absl::InvalidArgumentError("/: cannot be read: Is a directory"));
}

TEST(ReadOrder, WantsAnOrder) {
  std::istringstream in;
  const auto fault = absl::InvalidArgumentError("there is no order: give its fields as flags, or --file");
  EXPECT_EQ(ReadOrder({}, in).status(), fault);
  EXPECT_EQ(ReadOrder({.request_id = "r", .validate_only = true}, in).status(), fault);
}

}  // namespace
}  // namespace webex_gateway::client
