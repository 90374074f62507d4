// The attempts at orders that have arrived, distinguished by their TrackingID, which a careful client never uses twice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/hash/hash.h"

namespace webex_gateway::sandbox {

// An attempt's headers; empty if not sent.
struct Attempt {
  std::string tracking_id;
  std::string traceparent;
  std::string tracestate;
};

// Any thread may call any of these. Keeps the last hundred, and eight bytes of the id of all others, so that a long
// load costs little; among a million ids, two are mistaken for one with a probability of one in ten million.
class Attempts {
 public:
  // False if an attempt with this id has arrived before. One without an id is always new.
  bool Take(Attempt attempt) {
    const bool has_id = !attempt.tracking_id.empty();
    const uint64_t id = absl::HashOf(attempt.tracking_id);
    const std::lock_guard lock(mutex_);
    last_.push_back(std::move(attempt));
    if (last_.size() > kKept) last_.pop_front();
    return !has_id || seen_.insert(id).second;
  }

  // Oldest first.
  std::vector<Attempt> Last() const {
    const std::lock_guard lock(mutex_);
    return {last_.begin(), last_.end()};
  }

  void Clear() {
    const std::lock_guard lock(mutex_);
    seen_.clear();
    last_.clear();
  }

 private:
  static constexpr size_t kKept = 100;

  mutable std::mutex mutex_;  // guards the members below
  std::deque<Attempt> last_;
  absl::flat_hash_set<uint64_t> seen_;
};

}  // namespace webex_gateway::sandbox
