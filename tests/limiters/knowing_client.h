// Computes how long a backlog would take with a client that knows the limiter: the yardstick for a real one.
//
// It has `places` requests under way at a time, and assumes no limit until its first 429. From then on it knows the
// limiter: it rests once, as requested, and then sends whenever a request will be accepted.
#pragma once

#include <algorithm>
#include <functional>
#include <limits>
#include <queue>
#include <vector>

#include "tests/limiters/limiters.h"

namespace webex_gateway {

struct KnowingClient {
  struct Drained {
    double seconds = 0;
    int refused = 0;  // calls: all from the first volley
  };

  int places = 64;
  double round_trip = 0;
  double rest = 0;

  Drained Drain(Limiter& limiter, int orders) const {
    std::priority_queue<double, std::vector<double>, std::greater<>> free;  // when each place becomes free
    for (int i = 0; i < places; ++i) free.push(0);
    double knows_at = std::numeric_limits<double>::infinity();
    double arrives = 0;
    int refused = 0;
    while (orders > 0) {
      double leaves = free.top();
      free.pop();
      if (leaves >= knows_at) leaves = std::max(leaves, knows_at + rest);
      arrives = std::max(arrives, leaves + round_trip / 2);
      if (leaves >= knows_at) arrives = limiter.NextFree(arrives) + kRounding;
      const double answered = arrives + round_trip / 2;
      if (limiter.Take(arrives)) {
        --orders;
      } else {
        ++refused;
        knows_at = std::min(knows_at, answered);
      }
      free.push(answered);
    }
    return {arrives + round_trip / 2, refused};
  }

 private:
  static constexpr double kRounding = 1e-6;
};

}  // namespace webex_gateway
