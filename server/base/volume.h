// How full a volume is.
#pragma once

#include <cstdint>
#include <optional>

namespace webex_gateway {

struct VolumeUse {
  int64_t free_bytes = 0;  // for this user
  int64_t bytes = 0;
};

// Of the volume that the open file is on; nothing where the system does not say. May wait for the volume.
std::optional<VolumeUse> VolumeOf(int file);

}  // namespace webex_gateway
