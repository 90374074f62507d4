// Orders for tests: those in Webex's API reference, and Webex's answers.
#pragma once

#include <memory>
#include <string>

#include "server/webex/methods.h"
#include "webex/broadworks/v1/workspaces.pb.h"

namespace webex_gateway {

inline webex::broadworks::v1::ProvisionWorkspaceRequest ExampleOrder() {
  webex::broadworks::v1::ProvisionWorkspaceRequest order;
  order.set_provisioning_id(
      "ZjViMzYxODctYzhkZC00NzI3LThiMmYtZjljNDQ3ZjI5MDQ2OjQyODVmNTk0LTViNTEtNDdiZS05Mzk2LTZjMzZlMmFkODNhNQ");
  order.set_user_id("95547321@sp.com");
  order.set_sp_enterprise_id("Reseller1+acme");
  order.set_display_name("Conference Room");
  order.set_primary_phone_number("+1-240-555-1212");
  order.set_extension("51212");
  return order;
}

// Webex's answer to it, from the same reference.
inline constexpr char kExampleAnswer[] = R"({
  "id": "Y2lzY29zcGFyazovL3VzL1BMQUNFL2RkMjJlZGZlLTlmZWYtNDdmOS05ODFkLWYxYjA3MWFmMDcwYw",
  "provisioningId": "ZjViMzYxODctYzhkZC00NzI3LThiMmYtZjljNDQ3ZjI5MDQ2OjQyODVmNTk0LTViNTEtNDdiZS05Mzk2LTZjMzZlMmFkODNhNQ",
  "userId": "95547321@sp.com",
  "spEnterpriseId": "Reseller1+acme",
  "displayName": "Conference Room",
  "primaryPhoneNumber": "+1-240-555-1212",
  "extension": "51212",
  "created": "2019-10-18T14:26:16.000Z"
})";

inline const Method& MethodOf(const webex::broadworks::v1::ProvisionWorkspaceRequest& /*request*/) {
  return *MethodNamed("ProvisionWorkspace");
}
inline const Method& MethodOf(const webex::broadworks::v1::UpdateWorkspaceRequest& /*request*/) {
  return *MethodNamed("UpdateWorkspace");
}
inline const Method& MethodOf(const webex::broadworks::v1::RemoveWorkspaceRequest& /*request*/) {
  return *MethodNamed("RemoveWorkspace");
}

template <typename Request>
std::unique_ptr<const google::protobuf::Message> Owned(const Request& request) {
  return std::make_unique<Request>(request);
}

inline webex::broadworks::v1::Workspace WorkspaceIn(const std::string& answer) {
  webex::broadworks::v1::Workspace workspace;
  workspace.ParseFromString(answer);
  return workspace;
}

// The content of `order`, as answered if nothing is sent.
inline webex::broadworks::v1::Workspace AsOrdered(const webex::broadworks::v1::ProvisionWorkspaceRequest& order) {
  return WorkspaceIn(MethodOf(order).as_ordered(order));
}

// Webex has created it.
inline WebexResult ExampleResult(const std::string& id = "i") {
  webex::broadworks::v1::Workspace workspace = AsOrdered(ExampleOrder());
  workspace.set_id(id);
  return {workspace.SerializeAsString(), id, "T1"};
}

}  // namespace webex_gateway
