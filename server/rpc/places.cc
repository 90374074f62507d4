#include "server/rpc/places.h"

#include "server/rpc/caller.h"

namespace webex_gateway {
namespace {

// A caller may use free places, but at most four times as many as it leaves to others: alone it gets 80 %, one of two
// 44 %, one of many as many as each of the others. (The threshold depends on the free places: Choudhury and Hahne,
// "Dynamic queue length thresholds", 1998.)
bool MayTake(int places, int taken, int free) { return taken + places - 1 < 4 * (free - places + 1); }

int In(const std::map<std::string, int>& counts, const std::string& key) {
  const auto found = counts.find(key);
  return found == counts.end() ? 0 : found->second;
}

void Take(int count, std::map<std::string, int>& counts, const std::string& key) {
  const auto found = counts.find(key);
  found->second -= count;
  if (found->second == 0) counts.erase(found);
}

}  // namespace

Places::Verdict Places::Enter(const Holder& holder) {
  const bool is_call = holder.kind == Kind::kCall;
  Taken& taken = Of(holder.kind);
  const int per_connection = is_call ? bounds_.calls_per_connection : bounds_.streams_per_connection;
  if (!IsUnixSocket(holder.connection) && In(taken.by_connection, holder.connection) >= per_connection) {
    return Verdict::kTooManyOnConnection;
  }
  const int of_account = In(taken.by_account, holder.account);
  const int free = (is_call ? bounds_.calls : bounds_.streams) - taken.taken;
  const bool has_room = is_call ? MayTake(holder.places, of_account, free)
                                : holder.places <= free && of_account + holder.places <= bounds_.streams_per_account;
  if (!has_room) {
    ++taken.refused;
    return Verdict::kNoneLeft;
  }
  ++taken.by_connection[holder.connection];
  taken.by_account[holder.account] += holder.places;
  taken.taken += holder.places;
  return Verdict::kAdmitted;
}

void Places::Leave(const Holder& holder) {
  Taken& taken = Of(holder.kind);
  Take(1, taken.by_connection, holder.connection);
  Take(holder.places, taken.by_account, holder.account);
  taken.taken -= holder.places;
}

}  // namespace webex_gateway
