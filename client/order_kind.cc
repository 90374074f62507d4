#include "client/order_kind.h"

namespace webex_gateway::client {

const OrderKind kProvision = {.method = "ProvisionWorkspace",
                              .command = "provision",
                              .noun = "order",
                              .a_noun = "an order",
                              .done = "provisioned",
                              .success = "",
                              .missing = "give its fields as flags, or --file",
                              .again = "Order again?",
                              .may_be_repeated = false};

const OrderKind kUpdate = {.method = "UpdateWorkspace",
                           .command = "update",
                           .noun = "update",
                           .a_noun = "an update",
                           .done = "changed",
                           .success = "",
                           .missing = "give its fields as flags, or --file",
                           .again = "Repeat it?",
                           .may_be_repeated = true};

const OrderKind kRemoval = {.method = "RemoveWorkspace",
                            .command = "remove",
                            .noun = "removal",
                            .a_noun = "a removal",
                            .done = "removed",
                            .success = "the workspace is removed",
                            .missing = "give --workspace_id",
                            .again = "Repeat it?",
                            .may_be_repeated = true};

bool IsGone(absl::string_view reason) { return reason == "WEBEX_NOT_FOUND" || reason == "WEBEX_GONE"; }

const OrderKind& OrderKindOf(absl::string_view method) {
  if (method == kUpdate.method) return kUpdate;
  return method == kRemoval.method ? kRemoval : kProvision;
}

}  // namespace webex_gateway::client
