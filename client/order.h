// The order that webexctl's user means.
#pragma once

#include <cstddef>
#include <istream>

#include "absl/status/statusor.h"
#include "client/cli_flags.h"
#include "webex/broadworks/v1/workspaces.pb.h"

namespace webex_gateway::client {

// As much as the gateway takes.
inline constexpr size_t kMaxOrderBytes = 64 * 1024;

// Reads the order from flags.file ("-": from `in`) and lets the other flags override its fields. Whether the order is
// complete is for the gateway to say. INVALID_ARGUMENT, in words for the user: no order at all, a file that cannot be
// read or is longer than kMaxOrderBytes, broken JSON, a field that no order has.
absl::StatusOr<webex::broadworks::v1::ProvisionWorkspaceRequest> ReadOrder(const OrderFlags& flags, std::istream& in);

}  // namespace webex_gateway::client
