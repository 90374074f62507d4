// What a store knows about its state from its own work.
#pragma once

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/ledger/ledger.h"

namespace webex_gateway {

// For the loop's thread, except construction.
class LedgerWatch {
 public:
  // `silence`: longer than the store ever waits between two writes, including the time that these take. So if there was
  // none for longer, the storage does not respond.
  LedgerWatch(const Clock& clock, absl::Duration silence, LedgerObserver observer);

  // A write has ended with this status, which is shown to operators.
  void OnWrite(const absl::Status& result, absl::Duration took);
  // Nothing can be written at present, so it was not tried: the reason for the log, and for everyone.
  void OnTrouble(const absl::Status& for_log, const absl::Status& for_all);
  // Nothing new is accepted from now on, although writes may succeed: the reason for the log and for everyone. OK:
  // accepted again.
  void OnHold(const absl::Status& why);
  void OnCounts(LedgerCounts counts) { counts_ = std::move(counts); }
  void OnVolume(std::optional<VolumeUse> volume) { volume_ = volume; }

  // When the last write ended.
  Clock::Time last_write() const { return last_write_; }
  LedgerHealth Health() const;

 private:
  const Clock& clock_;
  const absl::Duration silence_;
  const LedgerObserver observer_;
  Clock::Time last_write_;
  absl::Status trouble_;
  absl::Status hold_;
  LedgerCounts counts_;
  std::optional<VolumeUse> volume_;
};

}  // namespace webex_gateway
