#include "client/operation_pages.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/time/time.h"
#include "client/order_kind.h"

namespace webex_gateway::client {
namespace {

using webex::broadworks::v1::ListOperationsRequest;
using webex::broadworks::v1::ListOperationsResponse;
using webex::broadworks::v1::Operation;

constexpr int kPageSize = 500;  // the most that the gateway returns at once

ListOperationsRequest RequestOf(const OperationFlags& flags) {
  ListOperationsRequest request;
  request.set_state(flags.state);
  request.set_sp_enterprise_id(flags.sp_enterprise_id);
  request.set_user_id(flags.user_id);
  request.set_method(flags.method);
  request.set_workspace_id(flags.workspace_id);
  return request;
}

absl::Time OrderedAt(const Operation& operation) {
  return absl::FromUnixSeconds(operation.create_time().seconds()) + absl::Nanoseconds(operation.create_time().nanos());
}

// Keeps operations that meet the conditions which the gateway does not know. False: all later ones are older, and do
// not meet them.
bool Take(const ListOperationsResponse& page, const OperationFlags& flags, ListOperationsResponse& all) {
  for (const Operation& operation : page.operations()) {
    if (flags.since && OrderedAt(operation) < *flags.since) return false;
    if (flags.reason.empty() || operation.error().reason() == flags.reason) *all.add_operations() = operation;
  }
  return true;
}

}  // namespace

Result<ListOperationsResponse> ListOperations(const GatewayClient& client, const OperationFlags& flags,
                                              const CallOptions& options) {
  ListOperationsRequest request = RequestOf(flags);
  ListOperationsResponse all;
  all.set_next_page_token(flags.page_token);
  const int limit = flags.all ? std::numeric_limits<int>::max() : flags.limit;
  do {
    request.set_page_size(std::min(limit - all.operations_size(), kPageSize));
    request.set_page_token(all.next_page_token());
    const Result<ListOperationsResponse> page = client.ListOperations(request, options);
    if (!page.ok()) return page.error();
    const bool goes_on = Take(page.value(), flags, all) && !page.value().operations().empty();
    all.set_next_page_token(goes_on ? page.value().next_page_token() : "");
  } while (!all.next_page_token().empty() && all.operations_size() < limit);
  return all;
}

Result<Operations> ListUnknownOrders(const GatewayClient& client, const CallOptions& options) {
  OperationFlags flags;
  flags.state = Operation::UNKNOWN;
  flags.method = std::string(kProvision.method);
  flags.all = true;
  Result<ListOperationsResponse> all = ListOperations(client, flags, options);
  if (!all.ok()) return all.error();
  return all.value().operations();
}

}  // namespace webex_gateway::client
