#include "server/base/volume.h"

#include <sys/statvfs.h>

namespace webex_gateway {

std::optional<VolumeUse> VolumeOf(int file) {
  struct statvfs volume{};
  if (fstatvfs(file, &volume) != 0) return std::nullopt;
  const auto bytes = [&](fsblkcnt_t blocks) { return static_cast<int64_t>(blocks * volume.f_frsize); };
  return VolumeUse{bytes(volume.f_bavail), bytes(volume.f_blocks)};
}

}  // namespace webex_gateway
