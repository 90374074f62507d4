// Compressed messages. gRPC 1.51 would decompress them itself, but without any limit: a message of 256 KiB can contain
// 256 MiB. So it passes them on as received (limits.cc).
#pragma once

#include <cstddef>

#include "absl/status/statusor.h"
#include "grpcpp/support/byte_buffer.h"

namespace webex_gateway {

// The message itself or, if it is compressed (gzip), the decompressed one. RESOURCE_EXHAUSTED if that has more than
// `max_bytes`; no more than these are decompressed.
absl::StatusOr<grpc::ByteBuffer> Decompress(const grpc::ByteBuffer& message, size_t max_bytes);

}  // namespace webex_gateway
