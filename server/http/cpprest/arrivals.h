// On which connections anything arrived, even if it has been read since. The kernel lists them, so the others cost
// nothing, however many wait for an answer.
#pragma once

#include <optional>

#include "absl/container/flat_hash_set.h"

namespace webex_gateway {

// For one thread.
class Arrivals {
 public:
  Arrivals();
  ~Arrivals();
  Arrivals(const Arrivals&) = delete;
  Arrivals& operator=(const Arrivals&) = delete;

  // Watches a TCP connection from now on, until it is closed, and lists it once.
  void Watch(int socket);

  // The watched connections on which anything arrived since the last call. Some others, such as new ones, may be among
  // them. One whose send buffer is nearly full may be missing if all that arrived has been read. Nothing if the kernel
  // had no room to watch one: then it may have been any.
  std::optional<absl::flat_hash_set<int>> Take();

 private:
  const int list_;
  bool watches_all_ = true;
};

}  // namespace webex_gateway
