// Compressed messages. gRPC 1.51 would decompress them itself, but without any bound: a message of 256 KiB can hold
// 256 MiB. So it hands them on as they came (limits.cc).
#pragma once

#include <cstddef>

#include "absl/status/statusor.h"
#include "grpcpp/support/byte_buffer.h"

namespace webex_gateway {

// What a message holds: itself, or, if it is compressed (gzip), what it was. RESOURCE_EXHAUSTED where that is more than
// `max_bytes`, of which no more is made than they are.
absl::StatusOr<grpc::ByteBuffer> Decompress(const grpc::ByteBuffer& message, size_t max_bytes);

}  // namespace webex_gateway
