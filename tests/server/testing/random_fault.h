// Random faults of the sandbox, of every kind, in which Webex never lies: an answer that means "not applied" is only
// sent for an order that was not.
#pragma once

#include <random>

#include "tests/sandbox/faults.h"

namespace webex_gateway {

using Random = std::mt19937_64;

// 0 .. `most`.
inline int Draw(Random& random, int most) { return std::uniform_int_distribution<int>(0, most)(random); }
inline bool Coin(Random& random) { return Draw(random, 1) == 1; }

// It applies to one or two of the next orders.
sandbox::Fault RandomFault(Random& random);

}  // namespace webex_gateway
