// Which attempts at an order have come: told apart by their TrackingID, which a careful client never uses twice.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"

namespace webex_gateway::sandbox {

// Any thread may call any of these. Keeps eight bytes of each id, so that a long load costs little; among a million
// ids two are taken for one with a chance of one in ten million.
class Attempts {
 public:
  // False if an attempt with this id has come before. One without an id is always new.
  bool Take(const std::string& tracking_id) {
    if (tracking_id.empty()) return true;
    const uint64_t id = absl::HashOf(tracking_id);
    const std::lock_guard lock(mutex_);
    return seen_.insert(id).second;
  }

  void Clear() {
    const std::lock_guard lock(mutex_);
    seen_.clear();
  }

 private:
  std::mutex mutex_;  // guards what follows
  absl::flat_hash_set<uint64_t> seen_;
};

}  // namespace webex_gateway::sandbox
