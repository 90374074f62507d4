// The UNKNOWN orders that someone must resolve, by reason and the quarter of an hour in which they were ordered.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "server/ledger/ledger.h"

namespace webex_gateway {

class UnknownGroups {
 public:
  // Adds `orders`, which may be negative.
  void Add(absl::Time ordered, const std::string& reason, int64_t orders);

  // As in LedgerCounts.
  std::vector<UnknownGroup> Newest() const;

 private:
  // By the number of the quarter since the epoch, and reason.
  std::map<std::pair<int64_t, std::string>, int64_t, std::greater<>> orders_;
};

}  // namespace webex_gateway
