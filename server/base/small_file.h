// Files that hold a setting, a secret or a certificate.
#pragma once

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace webex_gateway {

// What the file at `path` holds: at most `max_bytes`, else it is INVALID_ARGUMENT. Errors say what failed, and name the
// path.
absl::StatusOr<std::string> ReadSmallFile(const std::string& path, size_t max_bytes = 64 << 10);

}  // namespace webex_gateway
