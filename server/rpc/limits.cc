#include "server/rpc/limits.h"

#include <string>

#include "grpcpp/resource_quota.h"

namespace webex_gateway {

void Limit(grpc::ServerBuilder& builder, const Limits& limits) {
  const auto milliseconds = [&builder](const std::string& argument, absl::Duration value) {
    builder.AddChannelArgument(argument, static_cast<int>(absl::ToInt64Milliseconds(value)));
  };
  builder.SetMaxReceiveMessageSize(limits.max_message_bytes);
  // Messages arrive as they were sent, and are decompressed within our own limit (compression.h), which supports gzip.
  builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, limits.grpc_metadata_bytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, limits.max_streams);
  grpc::ResourceQuota quota("callers");
  builder.SetResourceQuota(quota.Resize(limits.max_memory_bytes));

  milliseconds(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, limits.handshake);
  milliseconds(GRPC_ARG_MAX_CONNECTION_IDLE_MS, limits.idle);
  milliseconds(GRPC_ARG_MAX_CONNECTION_AGE_MS, limits.age);
  milliseconds(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, limits.age_grace);

  milliseconds(GRPC_ARG_KEEPALIVE_TIME_MS, limits.ping_every);
  milliseconds(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, limits.ping_answer);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);  // our own pings are not counted
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0);        // callers' are: caller_watch.h
}

}  // namespace webex_gateway
