// Orders a workspace, and prints what became of the order. Usage: consumer ADDRESS USER_ID REQUEST_ID
#include <iostream>
#include <memory>

#include "webex_gateway/gateway_client.h"

static_assert(__cplusplus >= 202002L, "the client asks for C++20");

namespace gateway = webex_gateway::client;

int main(int, char** argv) {
  const absl::StatusOr<std::shared_ptr<grpc::Channel>> channel = gateway::Connect({.address = argv[1]});
  if (!channel.ok()) {
    std::cout << channel.status() << "\n";
    return 2;
  }
  const gateway::GatewayClient client(*channel);

  webex::broadworks::v1::ProvisionWorkspaceRequest order;
  order.set_request_id(argv[3]);
  order.set_provisioning_id("your-provisioning-id");
  order.set_user_id(argv[2]);
  order.set_sp_enterprise_id("Reseller1+acme");
  order.set_display_name("Conference Room");

  const gateway::Result<gateway::Provisioned> result = client.Provision(order, {.timeout = absl::Seconds(30)});
  if (!result.ok()) {
    std::cout << result.error().reason << ": " << gateway::OutcomeName(result.error().outcome) << "\n";
    return 1;
  }
  std::cout << "provisioned " << result.value().workspace.id() << "\n";
}
