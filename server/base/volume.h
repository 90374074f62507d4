// How full a volume is.
#pragma once

#include <cstdint>
#include <optional>

namespace webex_gateway {

struct VolumeUse {
  int64_t free_bytes = 0;  // for this user
  int64_t bytes = 0;
};

// For the volume of the open file; nothing if it is not known. May wait for the volume.
std::optional<VolumeUse> VolumeOf(int file);

}  // namespace webex_gateway
