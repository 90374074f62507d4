// What /metrics shows about the operations on record.
#pragma once

#include <optional>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/base/reading.h"
#include "server/ledger/ledger.h"

namespace webex_gateway {

// The age of the oldest UNKNOWN operation is measured by two clocks that may differ, and is never negative.
Readings ReadingsOf(const LedgerCounts& counts, absl::Time now);

// For a ledger of this kind.
Readings ReadingsOf(absl::string_view kind, const std::optional<VolumeUse>& volume);

}  // namespace webex_gateway
