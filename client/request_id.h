// Ids for orders.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace webex_gateway::client {

// The version 4 UUID made of these random bytes, 36 characters in lower case.
std::string UuidV4(std::array<uint8_t, 16> random);

// A new one from the system's randomness. Thread-safe.
std::string RandomRequestId();

}  // namespace webex_gateway::client
