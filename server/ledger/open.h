// From the setting --ledger to the ledger itself: the one place that knows every kind.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/async.h"
#include "server/base/clock.h"
#include "server/ledger/ledger.h"

namespace webex_gateway {

// `where` is sqlite:PATH, postgresql://... or none. An error says for the operator why it cannot be used, without any
// secret in it. Blocks. `loop` and `clock` must outlive the ledger.
absl::StatusOr<std::unique_ptr<Ledger>> OpenLedger(const std::string& where, Loop& loop, Clock& clock,
                                                   absl::Duration retention);

}  // namespace webex_gateway
