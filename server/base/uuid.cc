#include "server/base/uuid.h"

#include <cstdint>

#include "absl/random/distributions.h"
#include "absl/strings/str_format.h"

namespace webex_gateway {

std::string NewUuid(absl::BitGenRef random) {
  const auto high = absl::Uniform<uint64_t>(random);
  const auto low = absl::Uniform<uint64_t>(random);
  return absl::StrFormat("%08x-%04x-4%03x-%04x-%012x", high >> 32, (high >> 16) & 0xFFFF, high & 0xFFF,
                         0x8000 | (low >> 48 & 0x3FFF), low & 0xFFFF'FFFF'FFFF);
}

}  // namespace webex_gateway
