#include "client/request_id.h"

#include <random>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"

namespace webex_gateway::client {

std::string UuidV4(std::array<uint8_t, 16> random) {
  random[6] = static_cast<uint8_t>((random[6] & 0x0f) | 0x40);
  random[8] = static_cast<uint8_t>((random[8] & 0x3f) | 0x80);
  std::string uuid =
      absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(random.data()), random.size()));
  for (size_t dash : {8, 13, 18, 23}) uuid.insert(dash, 1, '-');
  return uuid;
}

std::string RandomRequestId() {
  std::random_device device;
  std::array<uint8_t, 16> random;
  for (uint8_t& byte : random) byte = static_cast<uint8_t>(device());
  return UuidV4(random);
}

}  // namespace webex_gateway::client
