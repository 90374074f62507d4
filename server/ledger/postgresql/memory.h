// What this gateway has recorded, as confirmed by the database: if the database loses it (a failover to a standby that
// was behind, or a restored older copy), it is restored from here.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/ledger/ledger.h"
#include "server/ledger/postgresql/store.h"

namespace webex_gateway {

// Keeps operations under way, and the last 10,000 that have ended. For the loop's thread.
class PgMemory {
 public:
  void OnClaim(const TicketedClaim& claim, const Operation& claimed);
  void OnEnd(const std::string& request_id, int64_t number, const Ending& ending);
  // Ended operations first: that unblocks those under way.
  std::vector<PgKnown> All() const;

 private:
  std::map<std::string, PgKnown> known_;  // by request id: the last claim
  std::deque<std::pair<std::string, int64_t>> ended_;
};

}  // namespace webex_gateway
