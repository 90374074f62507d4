// What this gateway has recorded, as confirmed by the database: if the database loses it (a failover to a standby that
// was behind, or a restored older copy), it is restored from here.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/ledger/ledger.h"
#include "server/ledger/postgresql/store.h"

namespace webex_gateway {

// Keeps operations under way, and the last 10,000 that have ended, unless the ledger has forgotten them since. For the
// loop's thread.
class PgMemory {
 public:
  explicit PgMemory(absl::Duration retention) : retention_(retention) {}

  void OnClaim(const TicketedClaim& claim, const Operation& claimed);
  // Also before the ending is on record.
  void OnEnd(const std::string& request_id, int64_t number, const Ending& ending, Clock::Time now);
  // Those that block nobody first: then no other order is open that is not any more. Of the others the last claims
  // first, since what they replaced may have been resolved.
  std::vector<PgKnown> All(Clock::Time now);
  bool Has(const std::string& request_id, int64_t number) const;
  // Those of these that it still has.
  std::vector<PgKnown> These(const std::vector<std::string>& request_ids) const;

 private:
  struct Ended {
    std::string request_id;
    int64_t number;
    Clock::Time at;
  };

  void ForgetOldest();

  const absl::Duration retention_;
  std::map<std::string, PgKnown> known_;  // by request id: the last claim
  std::deque<Ended> ended_;               // the longest ago first
};

}  // namespace webex_gateway
