#include "client/content_id.h"

#include <gtest/gtest.h>

#include <set>

#include "server/base/uuid.h"
#include "webex/broadworks/v1/workspaces.pb.h"

namespace webex_gateway::client {
namespace {

using webex::broadworks::v1::ProvisionWorkspaceRequest;
using webex::broadworks::v1::UpdateWorkspaceRequest;

ProvisionWorkspaceRequest ConferenceRoom() {
  ProvisionWorkspaceRequest order;
  order.set_provisioning_id("p");
  order.set_user_id("95547321@sp.com");
  order.set_sp_enterprise_id("Reseller1+acme");
  order.set_display_name("Conference Room");
  return order;
}

TEST(NameUuid, IsThatOfTheRfc) {
  const std::string dns = UuidToBytes("6ba7b810-9dad-11d1-80b4-00c04fd430c8").value();
  EXPECT_EQ(NameUuid(dns, "www.example.com"), "2ed6657d-e927-568b-95e1-2665a8aea6a2");
}

TEST(ContentId, IsTheSameInEveryVersion) {
  EXPECT_EQ(ContentId("ProvisionWorkspace", ConferenceRoom()), "16aa269e-3bfd-5e53-aeeb-c16cdde00393");
}

TEST(ContentId, DiffersWhereTheContentDoes) {
  std::set<std::string> ids = {ContentId("ProvisionWorkspace", ConferenceRoom()),
                               ContentId("UpdateWorkspace", ConferenceRoom())};
  ProvisionWorkspaceRequest order = ConferenceRoom();
  order.set_extension("");
  ids.insert(ContentId("ProvisionWorkspace", order));
  order.set_extension("1");
  ids.insert(ContentId("ProvisionWorkspace", order));
  order.clear_extension();
  order.set_primary_phone_number("1");
  ids.insert(ContentId("ProvisionWorkspace", order));
  order = ConferenceRoom();
  order.set_display_name("Conference Room\nextension=1");
  ids.insert(ContentId("ProvisionWorkspace", order));
  EXPECT_EQ(ids.size(), 6u);
}

TEST(ContentId, LeavesOutWhatIsNoContent) {
  ProvisionWorkspaceRequest order = ConferenceRoom();
  order.set_request_id("6f0bca6e-2e7a-4f8e-9a39-3b1f0b0f8d11");
  order.set_validate_only(true);
  EXPECT_EQ(ContentId("ProvisionWorkspace", order), ContentId("ProvisionWorkspace", ConferenceRoom()));
}

}  // namespace
}  // namespace webex_gateway::client
