#include "client/order.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "webex/broadworks/v1/workspaces.pb.h"

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

absl::StatusOr<ProvisionWorkspaceRequest> ReadOrder(const OrderFlags& flags, const std::string& in = "") {
  std::istringstream stream(in);
  ProvisionWorkspaceRequest order;
  const absl::Status read = ReadOrder(kProvision, flags, stream, order);
  if (!read.ok()) return read;
  return order;
}

absl::StatusOr<ProvisionWorkspaceRequest> FromStdin(const std::string& json, OrderFlags flags = {}) {
  flags.file = "-";
  return ReadOrder(flags, json);
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

TEST(ReadOrder, DistinguishesGivenAndEmptyFromNotGiven) {
  const auto order = ReadOrder({.fields = {{"user_id", "u"}, {"extension", ""}}});
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_FALSE(order->has_primary_phone_number());
  EXPECT_TRUE(order->has_extension());
  EXPECT_EQ(order->extension(), "");
}

TEST(ReadOrder, LetsFlagsOverrideTheFile) {
  const auto order = FromStdin(kExample, {.fields = {{"provisioning_id", "p"},
                                                     {"user_id", "u"},
                                                     {"sp_enterprise_id", "e"},
                                                     {"display_name", "d"},
                                                     {"primary_phone_number", ""},
                                                     {"extension", "7"},
                                                     {"request_id", "r"}},
                                          .validate_only = true});
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_EQ(order->ShortDebugString(),
            "provisioning_id: \"p\" user_id: \"u\" sp_enterprise_id: \"e\" display_name: \"d\" "
            "primary_phone_number: \"\" extension: \"7\" request_id: \"r\" validate_only: true");
}

TEST(ReadOrder, SaysWhetherItIsSentOnceMore) {
  using Request = webex::broadworks::v1::ProvisionWorkspaceRequest;
  constexpr char kRepeat[] = R"({"userId": "u", "ifUnknown": "REPEAT"})";
  EXPECT_EQ(FromStdin(kRepeat)->if_unknown(), Request::REPEAT);
  EXPECT_EQ(FromStdin(kRepeat, {.if_unknown = Request::HOLD})->if_unknown(), Request::HOLD);
  EXPECT_EQ(FromStdin(R"({"userId": "u"})", {.if_unknown = Request::REPEAT})->if_unknown(), Request::REPEAT);
}

TEST(ReadOrder, KeepsTheFilesOwnWishToOnlyValidate) {
  EXPECT_TRUE(FromStdin(R"({"userId": "u", "validateOnly": true})")->validate_only());
}

TEST(ReadOrder, ReadsAFile) {
  const std::string path = testing::TempDir() + "/order.json";
  std::ofstream(path) << kExample;
  const auto order = ReadOrder({.file = path});
  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_EQ(order->user_id(), "95547321@sp.com");
}

TEST(ReadOrder, NamesAFieldThatNoOrderHas) {
  EXPECT_EQ(FaultOf(R"({"userId": "u", "primaryPhoneNumer": "+1"})"),
            "standard input: not an order in JSON: primaryPhoneNumer: Cannot find field.");
}

TEST(ReadOrder, NamesThePlaceOfInvalidJson) {
  EXPECT_EQ(FaultOf(""), "standard input: not JSON: it is empty");
  EXPECT_EQ(FaultOf("{\n  \"userId\" \"u\"\n}"), "standard input: not JSON: line 2, column 12: expected a :");
  EXPECT_EQ(FaultOf("{\"userId\": \"u\",\n \"userId\": \"v\"}"),
            "standard input: not JSON: line 2, column 2: userId is a duplicate of userId");
  EXPECT_EQ(FaultOf(R"({"userId": "u",})"),
            "standard input: not JSON: line 1, column 15: a comma with nothing after it");
}

TEST(ReadOrder, TakesNoNumberForText) {
  EXPECT_EQ(FaultOf(R"({"extension": 51212})"),
            "standard input: not an order in JSON: (extension): invalid value 51212 for type TYPE_STRING "
            "(text needs quotes)");
}

TEST(ReadOrder, TakesNothingButOneObject) {
  for (const char* json : {"[]", "null", "\"userId\""}) {
    EXPECT_EQ(FaultOf(json), "standard input: not a JSON object, which an order must be");
  }
  EXPECT_EQ(FaultOf(R"({"userId": "u"} {})"), "standard input: not JSON: line 1, column 17: text after the end");
}

TEST(ReadOrder, ReadsNoMoreThanAnOrderCanHold) {
  const std::string longest = absl::StrCat("{", std::string(kMaxOrderBytes - 2, ' '), "}");
  EXPECT_TRUE(FromStdin(longest).ok());
  EXPECT_EQ(FaultOf(longest + " "), "standard input: longer than 65536 bytes, so not an order");
}

TEST(ReadOrder, NamesAFileThatCannotBeRead) {
  EXPECT_EQ(ReadOrder({.file = "/nonesuch"}).status(),
            absl::InvalidArgumentError("/nonesuch: cannot be read: No such file or directory"));
  EXPECT_EQ(ReadOrder({.file = "/"}).status(), absl::InvalidArgumentError("/: cannot be read: Is a directory"));
}

TEST(ReadOrder, WantsAnOrder) {
  const auto fault = absl::InvalidArgumentError("there is no order: give its fields as flags, or --file");
  EXPECT_EQ(ReadOrder({}).status(), fault);
  EXPECT_EQ(ReadOrder({.fields = {{"request_id", "r"}}, .validate_only = true}).status(), fault);
  EXPECT_TRUE(ReadOrder({.fields = {{"user_id", ""}}}).ok());
}

TEST(ReadOrder, ReadsAnUpdateLikewise) {
  std::istringstream in(R"({"userId": "u", "extension": ""})");
  webex::broadworks::v1::UpdateWorkspaceRequest update;
  ASSERT_TRUE(ReadOrder(kUpdate, {.file = "-", .fields = {{"workspace_id", "w/+"}}}, in, update).ok());
  EXPECT_EQ(update.ShortDebugString(), "workspace_id: \"w/+\" user_id: \"u\" extension: \"\"");
  std::istringstream wrong(R"({"displayName": "d"})");
  EXPECT_EQ(ReadOrder(kUpdate, {.file = "-"}, wrong, update),
            absl::InvalidArgumentError("standard input: not an update in JSON: displayName: Cannot find field."));
}

TEST(ReadOrder, ReadsARemovalFromFlags) {
  std::istringstream in;
  webex::broadworks::v1::RemoveWorkspaceRequest removal;
  ASSERT_TRUE(ReadOrder(kRemoval, {.fields = {{"workspace_id", "w"}}, .validate_only = true}, in, removal).ok());
  EXPECT_EQ(removal.ShortDebugString(), "workspace_id: \"w\" validate_only: true");
  EXPECT_EQ(ReadOrder(kRemoval, {}, in, removal),
            absl::InvalidArgumentError("there is no removal: give --workspace_id"));
}

}  // namespace
}  // namespace webex_gateway::client
