// A wait that doubles with every consecutive failure.
#pragma once

#include <algorithm>

#include "absl/random/bit_gen_ref.h"
#include "absl/random/distributions.h"
#include "absl/time/time.h"

namespace webex_gateway {

struct Backoff {
  absl::Duration first;
  absl::Duration longest;

  // The wait after this many consecutive failures, from 1 on.
  absl::Duration After(int failures) const {
    absl::Duration wait = first;
    for (int i = 1; i < failures && wait < longest; ++i) wait *= 2;
    return std::min(wait, longest);
  }

  // The same, drawn uniformly from its upper half, so that calls that failed together do not retry together.
  absl::Duration After(int failures, absl::BitGenRef random) const {
    return After(failures) * absl::Uniform(random, 0.5, 1.0);
  }
};

}  // namespace webex_gateway
