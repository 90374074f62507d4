// Randomness for ids and jitter: a sequence that its seed determines, drawn from by any number of threads without a
// lock.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace webex_gateway::sandbox {

struct Uuid {
  uint64_t high = 0;
  uint64_t low = 0;

  friend bool operator==(const Uuid& a, const Uuid& b) { return a.high == b.high && a.low == b.low; }
  template <typename H>
  friend H AbslHashValue(H h, const Uuid& uuid) {
    return H::combine(std::move(h), uuid.high, uuid.low);
  }
};

// 8-4-4-4-12 lower-case hex digits, and back; nothing else is read.
std::string UuidText(const Uuid& uuid);
std::optional<Uuid> ParseUuid(absl::string_view text);

class Dice {
 public:
  explicit Dice(uint64_t seed) : state_(seed) {}

  uint64_t Next();
  // Uniform in 0 .. limit; 0 for a limit of 0.
  uint64_t UpTo(uint64_t limit);
  // A random UUID (version 4).
  Uuid NextUuid();

 private:
  std::atomic<uint64_t> state_;
};

}  // namespace webex_gateway::sandbox
