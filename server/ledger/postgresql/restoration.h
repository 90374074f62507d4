// What this gateway does after the database has lost records, or may have: a failover to a standby that was behind, or
// a restored older copy. It restores what it knows, and holds new claims until every living gateway has done the same.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/ledger/ledger.h"
#include "server/ledger/postgresql/memory.h"
#include "server/ledger/postgresql/workers.h"

namespace webex_gateway {

// For the loop's thread.
class PgRestoration {
 public:
  struct Observer {
    std::function<void(const absl::Status& why)> on_hold;  // new claims are held; OK: no longer
    std::function<void(const std::string& what)> noticed;  // for operators
  };

  // `workers` must end first, and be used only after the constructor.
  PgRestoration(Clock& clock, PostgresqlWorkers& workers, PgMemory& memory, absl::Duration lease, Observer observer);

  // Restores what this gateway knows. `then` is called with the time from which its new lease holds; with nothing if it
  // failed, and must be tried again.
  void Restore(std::function<void(std::optional<Clock::Time>)> then);
  // Restore was begun and has not succeeded. That holds even if a renewal of the lease succeeds: an answer may have
  // been lost.
  bool is_unfinished() const { return is_unfinished_; }

  // Holds new claims for a lease, in which every living gateway must have reached the database, and until none has
  // still to restore anything.
  void HoldForALease(const std::string& why);
  // Why no new claim may be granted; OK: it may.
  const absl::Status& hold() const { return hold_; }

  // The record of this order may be among what is lost: that there is none says nothing.
  bool MayBeLost(const std::string& request_id) const;
  // `answer`, unless what is lost would make it wrong: that there is no record of the order, or that another one blocks
  // it.
  absl::StatusOr<ClaimAnswer> UnlessLost(absl::StatusOr<ClaimAnswer> answer, const std::string& request_id) const;
  // The error for an order of which that is so.
  static absl::Status NotPutBack(const std::string& request_id);

 private:
  void Hold(const absl::Status& why);
  void EndHoldUnlessFor(const std::string& gateway);
  void Settle();
  std::string WordsOfFailover() const;

  Clock& clock_;
  PostgresqlWorkers& workers_;
  PgMemory& memory_;
  const absl::Duration lease_;
  const Observer observer_;
  absl::Status hold_;
  Clock::Time hold_until_;  // at least
  bool is_unfinished_ = false;
  std::vector<std::string> blocked_;  // see PostgresqlStore::PutBack
  std::unique_ptr<Timer> settle_;
};

}  // namespace webex_gateway
