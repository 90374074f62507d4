// What /metrics shows of the operations on record.
#pragma once

#include <optional>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/base/reading.h"
#include "server/ledger/ledger.h"

namespace webex_gateway {

// The age of the oldest UNKNOWN operation is by two clocks that may differ, and never negative.
Readings ReadingsOf(const LedgerCounts& counts, absl::Time now);

// Of a ledger of that kind.
Readings ReadingsOf(absl::string_view kind, const std::optional<VolumeUse>& volume);

}  // namespace webex_gateway
