// Files that hold a setting, a secret or a certificate.
#pragma once

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace webex_gateway {

// The content of the file at `path`, at most `max_bytes`; INVALID_ARGUMENT if it is longer. Errors state what failed,
// and the path.
absl::StatusOr<std::string> ReadSmallFile(const std::string& path, size_t max_bytes = 64 << 10);

}  // namespace webex_gateway
