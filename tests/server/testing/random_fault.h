// Faults of the sandbox at random, of every kind, none of which makes Webex lie: an answer that says "not applied" goes
// with an order that is not.
#pragma once

#include <random>

#include "tests/sandbox/faults.h"

namespace webex_gateway {

using Random = std::mt19937_64;

// 0 .. `most`.
inline int Draw(Random& random, int most) { return std::uniform_int_distribution<int>(0, most)(random); }
inline bool Coin(Random& random) { return Draw(random, 1) == 1; }

// It strikes one of the next orders, or two of them.
sandbox::Fault RandomFault(Random& random);

}  // namespace webex_gateway
