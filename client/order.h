// The order that webexctl's user means.
#pragma once

#include <cstddef>
#include <istream>

#include "absl/status/status.h"
#include "client/cli_flags.h"
#include "client/order_kind.h"
#include "google/protobuf/message.h"

namespace webex_gateway::client {

// As much as the gateway accepts.
inline constexpr size_t kMaxOrderBytes = 64 * 1024;

// Reads `order`, the empty request of this kind, from flags.file ("-": from `in`) and lets the other flags override its
// fields. The gateway checks whether the order is complete. INVALID_ARGUMENT, with a message for the user: no order at
// all, a file that cannot be read or is longer than kMaxOrderBytes, invalid JSON, a field that no such order has.
absl::Status ReadOrder(const OrderKind& kind, const OrderFlags& flags, std::istream& in,
                       google::protobuf::Message& order);

}  // namespace webex_gateway::client
