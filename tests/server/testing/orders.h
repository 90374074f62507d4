// The order of Webex's API reference, for tests.
#pragma once

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

}  // namespace webex_gateway
