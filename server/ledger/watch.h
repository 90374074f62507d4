// What a store knows of itself by its own work.
#pragma once

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/ledger/ledger.h"

namespace webex_gateway {

// For the loop's thread, but for construction.
class LedgerWatch {
 public:
  // `silence`: more than the store ever lets go by between two writes, the time
  // that these take included. So where there was none for longer, what it writes to does not answer.
  LedgerWatch(const Clock& clock, absl::Duration silence, LedgerObserver observer);

  // A write has ended so. The status is shown to operators.
  void OnWrite(const absl::Status& result, absl::Duration took);
  // Nothing can be written at present, so it was not tried: why, in words for the log, and for everyone.
  void OnTrouble(const absl::Status& for_log, const absl::Status& for_all);
  // Nothing new is taken on from now on, though writes may go well: why, for the log and for everyone. OK: it is again.
  void OnHold(const absl::Status& why);
  void OnCounts(LedgerCounts counts) { counts_ = std::move(counts); }
  void OnVolume(std::optional<VolumeUse> volume) { volume_ = volume; }

  // When a write ended last.
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
