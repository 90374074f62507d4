// A file of many orders; all of it is checked before any order is sent.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "client/batch_rows.h"
#include "client/order_kind.h"
#include "webex/broadworks/v1/workspaces.pb.h"

namespace webex_gateway::client {

struct BatchOrder {
  size_t line = 0;
  // Its request_id is the row's, or the ContentId of what the row orders.
  std::variant<webex::broadworks::v1::ProvisionWorkspaceRequest, webex::broadworks::v1::UpdateWorkspaceRequest,
               webex::broadworks::v1::RemoveWorkspaceRequest>
      request{};

  const OrderKind& kind() const;
  const std::string& request_id() const;
};

struct BatchFile {
  std::vector<BatchOrder> orders{};
  std::vector<BatchFault> faults{};  // by line; if there is one, nothing may be sent
};

// Reads the orders in `text` (ReadBatchRows). `set` replaces a column's value in every row.
//
// A fault is: text that cannot be read; a column that is unknown, or that no such order has; a required one that is
// missing or empty; control characters, a text that is too long, a request id that is not a UUID; an update that
// changes nothing; no order at all; and two rows for the same user of the same enterprise, for the same workspace, or
// with the same request id, since orders are sent concurrently.
BatchFile ReadBatchFile(absl::string_view text, const std::map<std::string, std::string>& set);

}  // namespace webex_gateway::client
