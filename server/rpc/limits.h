// How much of the server's resources callers may use. None of these is a flag: they stop a broken or hostile caller,
// and an honest one never reaches them.
#pragma once

#include <cstddef>

#include "absl/time/time.h"
#include "grpcpp/server_builder.h"
#include "server/rpc/flood_guard.h"

namespace webex_gateway {

struct Limits {
  // RPCs under way; one with more than 8 KiB of metadata counts as several; any further one is refused at once
  // (GATEWAY_OVERLOADED). Callers share them (places.h).
  int max_calls = 2000;
  // RPCs on one connection; clients hold back further ones until one ends. A client that resets its streams instead may
  // have twice as many, and further ones are refused.
  int max_streams = 200;
  // RPCs without an end (Health/Watch, reflection) have separate places: a client's library keeps one for each
  // connection.
  int max_watches = 256;
  int max_watches_per_connection = 8;
  int max_watches_per_account = 64;
  // An order has a few KiB; up to 64 KiB its faults are reported by name (messages.h).
  int max_message_bytes = 256 << 10;
  // All headers of an RPC, including those for tracing and tokens; an RPC with more is refused. gRPC's own limit is
  // several times that, since beyond it gRPC ends the connection, with everything under way on it. Each client is told
  // that limit, and most observe it.
  int max_metadata_bytes = 64 << 10;
  int grpc_metadata_bytes = 16 << 20;
  // Bytes that gRPC has read but that belong to no RPC's headers and no complete message (caller_watch.h): enough for
  // `max_streams` unfinished messages, and this many are always allowed on one connection. Once the process has grown
  // by `growth`, more than `max_calls` orders at once make it grow, few bytes are enough to end a connection: at 240
  // bytes of memory for each, the memory taken until then, and until gRPC has released it, stays below 300 MiB. One
  // connection may bring some hundred aborted RPCs: gRPC's clients send an RPC's headers and message together.
  // Keepalive pings and answers to ours are some hundred bytes a minute, also over TLS.
  FloodGuard::Bounds floods{.patience = {.of_all = 48 << 20, .of_quiet = 48 << 20, .spared = 128 << 10},
                            .if_grown = {.of_all = 512 << 10, .of_quiet = 128 << 10, .spared = 0},
                            .growth = 80 << 20,
                            .aborted = 400,
                            .pings = 1 << 10,
                            .pings_every = absl::Minutes(1)};
  // Memory that gRPC keeps for all connections. Near this limit it closes idle connections, then ends calls.
  size_t max_memory_bytes = 256 << 20;

  // From a connection's first byte to the end of its HTTP/2 preface.
  absl::Duration handshake = absl::Seconds(5);
  // From an RPC's headers to the end of its first message; and from an answer until the caller has received it.
  absl::Duration first_message = absl::Seconds(10);
  absl::Duration last_message = absl::Seconds(30);
  // A connection without an RPC; clients open another one when they need it.
  absl::Duration idle = absl::Minutes(15);
  // After this time a connection accepts no more RPCs, so that clients spread over the current replicas; gRPC varies it
  // by a tenth. RPCs under way may continue for as long as the longest order may take.
  absl::Duration age = absl::Minutes(30);
  absl::Duration age_grace = absl::Hours(1);
  // A peer that has died silently is found by a ping.
  absl::Duration ping_every = absl::Minutes(1);
  absl::Duration ping_answer = absl::Seconds(20);
};

// Applies the limits to gRPC. RpcServer applies those on single RPCs (max_calls, first_message, last_message) and
// floods.
void Limit(grpc::ServerBuilder& builder, const Limits& limits);

}  // namespace webex_gateway
