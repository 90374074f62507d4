// What this gateway has put on record, and was told is there: should the database lose it (a failover to a standby that
// was behind, a copy of an earlier time put in its place), it is put back from here.
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

// Keeps what is under way, and of what has ended the last 10,000. For the loop's thread.
class PgMemory {
 public:
  void OnClaim(const TicketedClaim& claim, const Operation& claimed);
  void OnEnd(const std::string& request_id, int64_t number, const Ending& ending);
  // What has ended first: that makes room for what is under way.
  std::vector<PgKnown> All() const;

 private:
  std::map<std::string, PgKnown> known_;  // by request id: the last claim
  std::deque<std::pair<std::string, int64_t>> ended_;
};

}  // namespace webex_gateway
