#include "server/ledger/postgresql/memory.h"

#include <algorithm>

namespace webex_gateway {
namespace {

constexpr size_t kEnded = 10'000;

}  // namespace

void PgMemory::OnClaim(const TicketedClaim& claim, const Operation& claimed) {
  known_.insert_or_assign(claim.request.request_id, PgKnown{claim, claimed.claim, claimed.after_unknown, std::nullopt});
}

void PgMemory::OnEnd(const std::string& request_id, int64_t number, const Ending& ending, Clock::Time now) {
  const auto known = known_.find(request_id);
  if (known == known_.end() || known->second.number != number) return;
  if (!known->second.ending) ended_.push_back({request_id, number, now});
  known->second.ending = ending;
  if (ended_.size() > kEnded) ForgetOldest();
}

void PgMemory::ForgetOldest() {
  const auto oldest = known_.find(ended_.front().request_id);
  if (oldest != known_.end() && oldest->second.number == ended_.front().number) known_.erase(oldest);
  ended_.pop_front();
}

std::vector<PgKnown> PgMemory::All(Clock::Time now) {
  while (!ended_.empty() && Later(ended_.front().at, retention_) <= now) ForgetOldest();
  std::vector<PgKnown> all;
  all.reserve(known_.size());
  for (const auto& [id, known] : known_) all.push_back(known);
  const auto open = std::partition(all.begin(), all.end(), [](const PgKnown& known) { return known.BlocksNobody(); });
  std::sort(open, all.end(), [](const PgKnown& a, const PgKnown& b) { return a.claim.ticket > b.claim.ticket; });
  return all;
}

bool PgMemory::Has(const std::string& request_id, int64_t number) const {
  const auto known = known_.find(request_id);
  return known != known_.end() && known->second.number == number;
}

std::vector<PgKnown> PgMemory::These(const std::vector<std::string>& request_ids) const {
  std::vector<PgKnown> these;
  for (const std::string& id : request_ids) {
    if (const auto known = known_.find(id); known != known_.end()) these.push_back(known->second);
  }
  return these;
}

}  // namespace webex_gateway
