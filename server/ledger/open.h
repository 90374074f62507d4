// From the setting --ledger to the ledger itself: the one place that knows every kind.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/async.h"
#include "server/base/clock.h"
#include "server/ledger/ledger.h"

namespace webex_gateway {

struct LedgerOptions {
  std::string where;  // sqlite:PATH, postgresql://... or none
  absl::Duration retention = absl::Hours(72);
  LedgerObserver observer;

  // Who claims what this gateway claims, for the record.
  std::string gateway_id;  // a UUID that no other process has, and no earlier life of this one
  std::string host;        // on which it runs

  // For postgresql:// alone; see PostgresqlLedgerOptions.
  std::function<absl::StatusOr<std::string>()> password;
};

// What is wrong with `where` that can be told without going there; nothing of it is quoted.
absl::Status CheckLedger(const std::string& where);

// An error says for the operator why it cannot be used, without any secret in it. Blocks. `loop` and `clock` must
// outlive the ledger.
absl::StatusOr<std::unique_ptr<Ledger>> OpenLedger(const LedgerOptions& options, Loop& loop, Clock& clock);

}  // namespace webex_gateway
