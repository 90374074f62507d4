#include "client/batch_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "client/content_id.h"
#include "server/base/uuid.h"

namespace webex_gateway::client {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using webex::broadworks::v1::ProvisionWorkspaceRequest;
using webex::broadworks::v1::RemoveWorkspaceRequest;
using webex::broadworks::v1::UpdateWorkspaceRequest;

constexpr char kHeader[] = "provisioningId,userId,spEnterpriseId,displayName,primaryPhoneNumber,extension\n";

BatchFile ReadBatch(absl::string_view text, const std::map<std::string, std::string>& set = {}) {
  return ReadBatchFile(text, set);
}

// "line: text" of each fault.
std::vector<std::string> FaultsOf(absl::string_view text, const std::map<std::string, std::string>& set = {}) {
  std::vector<std::string> faults;
  for (const BatchFault& fault : ReadBatch(text, set).faults)
    faults.push_back(absl::StrCat(fault.line, ": ", fault.text));
  return faults;
}

const ProvisionWorkspaceRequest& ProvisionOf(const BatchOrder& order) {
  return std::get<ProvisionWorkspaceRequest>(order.request);
}

TEST(BatchFile, ReadsOrdersFromCsv) {
  const BatchFile file = ReadBatch(absl::StrCat(kHeader, "p,a@sp.com,e,\"Room 1, north\",+1-240-555-1212,51212\n",
                                                "p,b@sp.com,e,Room 2,,\n,,,,,\n"));
  EXPECT_THAT(file.faults, IsEmpty());
  ASSERT_EQ(file.orders.size(), 2u);
  EXPECT_EQ(file.orders[0].line, 2u);
  EXPECT_EQ(file.orders[0].kind().command, "provision");
  const ProvisionWorkspaceRequest& first = ProvisionOf(file.orders[0]);
  EXPECT_EQ(first.display_name(), "Room 1, north");
  EXPECT_EQ(first.extension(), "51212");
  EXPECT_FALSE(ProvisionOf(file.orders[1]).has_extension());
  EXPECT_EQ(file.orders[1].request_id(), ContentId("ProvisionWorkspace", ProvisionOf(file.orders[1])));
  EXPECT_TRUE(IsUuid(file.orders[0].request_id()));
}

TEST(BatchFile, ReadsTheSameOrdersFromJson) {
  constexpr char kObject[] = R"({"provisioningId": "p", "userId": "a@sp.com", "spEnterpriseId": "e",
      "displayName": "Room {1} \"[\"", "extension": null})";
  const std::string csv = absl::StrCat(kHeader, "p,a@sp.com,e,\"Room {1} \"\"[\"\"\",,\n");
  const std::string expected = ReadBatch(csv).orders.at(0).request_id();
  for (const std::string& text :
       {std::string(kObject), absl::StrCat(" [", kObject, "]\n"), absl::StrCat(kObject, "\n")}) {
    const BatchFile file = ReadBatch(text);
    EXPECT_THAT(FaultsOf(text), IsEmpty());
    ASSERT_EQ(file.orders.size(), 1u);
    EXPECT_EQ(file.orders[0].request_id(), expected);
  }
}

TEST(BatchFile, KnowsTheLineOfEachJsonObject) {
  const std::string lines =
      "{\"workspaceId\": \"w1\", \"action\": \"remove\"}\n\n{\"workspaceId\": \"w2\", \"action\": \"remove\"}\n";
  const BatchFile file = ReadBatch(lines);
  ASSERT_EQ(file.orders.size(), 2u);
  EXPECT_EQ(file.orders[1].line, 3u);
  const BatchFile array =
      ReadBatch("[\n{\"workspaceId\": \"w1\"},\n{\"workspaceId\": \"w2\"}\n]", {{"action", "remove"}});
  EXPECT_THAT(array.faults, IsEmpty());
  ASSERT_EQ(array.orders.size(), 2u);
  EXPECT_EQ(array.orders[1].line, 3u);
}

TEST(BatchFile, ReadsUpdatesAndRemovals) {
  const BatchFile file = ReadBatch("Action;workspaceId;userId;EXTENSION\nupdate;w1;;51213\nremove;w2;;\n");
  EXPECT_THAT(file.faults, IsEmpty());
  ASSERT_EQ(file.orders.size(), 2u);
  const auto& update = std::get<UpdateWorkspaceRequest>(file.orders[0].request);
  EXPECT_EQ(update.extension(), "51213");
  EXPECT_FALSE(update.has_user_id());
  EXPECT_EQ(std::get<RemoveWorkspaceRequest>(file.orders[1].request).workspace_id(), "w2");
}

TEST(BatchFile, AnEmptyTextOfJsonIsGivenAnEmptyCellIsNot) {
  const BatchFile file = ReadBatch(R"({"action": "update", "workspaceId": "w", "extension": ""})");
  ASSERT_EQ(file.orders.size(), 1u);
  EXPECT_TRUE(std::get<UpdateWorkspaceRequest>(file.orders[0].request).has_extension());
  EXPECT_THAT(FaultsOf("action,workspaceId,extension\nupdate,w,\n"), ElementsAre(HasSubstr("2: an update needs")));
}

TEST(BatchFile, GivesAColumnToEveryRow) {
  const BatchFile file =
      ReadBatch("userId,displayName\na,A\nb,B\n", {{"provisioningId", "p"}, {"spEnterpriseId", "e"}});
  EXPECT_THAT(file.faults, IsEmpty());
  ASSERT_EQ(file.orders.size(), 2u);
  EXPECT_EQ(ProvisionOf(file.orders[1]).provisioning_id(), "p");
}

TEST(BatchFile, TakesARequestIdOfTheRow) {
  const BatchFile file = ReadBatch("requestId,action,workspaceId\n6F0BCA6E-2E7A-4F8E-9A39-3B1F0B0F8D11,remove,w\n");
  ASSERT_EQ(file.orders.size(), 1u);
  EXPECT_EQ(file.orders[0].request_id(), "6f0bca6e-2e7a-4f8e-9a39-3b1f0b0f8d11");
}

TEST(BatchFile, NamesEveryFaultWithItsLine) {
  EXPECT_THAT(FaultsOf(absl::StrCat(kHeader, "p,a,e,,,\np,b,e,x\x01y,,\np,c\np,\"d\"x,e,D,,\np,f,e,F,,\n", "p,g,e,",
                                    std::string(1025, 'x'), ",,\n")),
              ElementsAre("2: displayName: must not be empty", "3: displayName: has control characters",
                          "4: 2 cells, but the header has 6", HasSubstr("5: text after a cell's closing quote"),
                          HasSubstr("7: displayName: has 1025 bytes")));
}

TEST(BatchFile, NamesFaultsOfTheHeaderOnce) {
  EXPECT_THAT(FaultsOf("provisioningId,user,spEnterpriseId,extension,extension\np,a,e,1,2\np,b,e,1,2\n"),
              ElementsAre(HasSubstr("1: unknown column 'user'; there are action, requestId"),
                          "1: two columns 'extension'", "1: no column 'userId'", "1: no column 'displayName'"));
}

TEST(BatchFile, NamesWhatAnOrderCannotHave) {
  EXPECT_THAT(FaultsOf("action,workspaceId,displayName\nremove,w,Room\nmove,w2,\nremove,..,\nremove,,\n"),
              ElementsAre("2: displayName: a removal has none", "3: action: must be provision, update or remove",
                          HasSubstr("4: workspaceId"), "5: workspaceId: must not be empty"));
}

TEST(BatchFile, NamesRowsThatRepeatOneAnother) {
  EXPECT_THAT(FaultsOf(absl::StrCat(kHeader, "p,a@SP.com,E,A,,\np,a@sp.com ,e,B,,\np,a@sp.com,e2,A,,\n")),
              ElementsAre("3: the same enterprise and user as in line 2"));
  EXPECT_THAT(FaultsOf("action,workspaceId,extension\nupdate,w,1\nremove,w,\n"),
              ElementsAre("3: the same workspace as in line 2"));
  constexpr char kId[] = "6f0bca6e-2e7a-4f8e-9a39-3b1f0b0f8d11";
  EXPECT_THAT(FaultsOf(absl::StrCat("action,workspaceId,requestId\nremove,w,", kId, "\nremove,v,", kId, "\n")),
              ElementsAre("3: the same request id as in line 2"));
}

TEST(BatchFile, NamesFaultsOfJson) {
  EXPECT_THAT(FaultsOf("{\"action\": \"remove\", \"workspaceId\": 7}\n{]\n{\"user\": \"x\"}\nnull\n"),
              ElementsAre("1: workspaceId: must be a text, in quotes", HasSubstr("2: not JSON: line 2, column "),
                          HasSubstr("3: unknown column 'user'"), HasSubstr("4: not a JSON object")));
  EXPECT_THAT(FaultsOf("[{\"action\": \"remove\", \"workspaceId\": \"w\"}\n{}]"),
              ElementsAre(HasSubstr("2: no , or ]")));
  EXPECT_THAT(FaultsOf("[{\"action\": \"remove\", \"workspaceId\": \"w\"}] x"),
              ElementsAre(HasSubstr("1: text after the end")));
  EXPECT_THAT(FaultsOf("\n{\"action\": \"remove\""), ElementsAre("2: an object that does not end"));
  EXPECT_THAT(FaultsOf("[]"), ElementsAre("1: it contains no order"));
}

TEST(BatchFile, WithoutAnOrderIsAFault) {
  for (const char* text : {"", "\n\n", kHeader}) {
    EXPECT_THAT(FaultsOf(text), ElementsAre("1: it contains no order")) << text;
  }
}

}  // namespace
}  // namespace webex_gateway::client
