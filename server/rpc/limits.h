// What callers may take of the server, in one place. None is a flag: they hold a broken or hostile caller off, and an
// honest one does not meet them.
#pragma once

#include <cstddef>

#include "absl/time/time.h"
#include "grpcpp/server_builder.h"
#include "server/rpc/flood_guard.h"

namespace webex_gateway {

struct Limits {
  // RPCs under way, one with more than 8 KiB of metadata for several; another is refused at once (GATEWAY_OVERLOADED).
  // Callers share them (places.h).
  int max_calls = 2000;
  // Of them, on one connection; clients keep further ones back until one ends. One that resets its streams instead may
  // have twice as many, and further ones are refused.
  int max_streams = 200;
  // RPCs that may last for ever (Health/Watch, reflection) have places of their own: a client's library keeps one for
  // each connection.
  int max_watches = 256;
  int max_watches_per_connection = 8;
  int max_watches_per_account = 64;
  // An order has a few KiB; up to 64 KiB its faults are told by name (messages.h).
  int max_message_bytes = 256 << 10;
  // Of all headers of an RPC, those of tracing and tokens included; one with more is refused. gRPC's own bound is some
  // times that, since at more it ends the connection, with all that is under way on it. It is each client's to know,
  // and most keep to it by themselves.
  int max_metadata_bytes = 64 << 10;
  int grpc_metadata_bytes = 16 << 20;
  // Bytes that gRPC has read and that are no RPC's headers and no whole message (caller_watch.h): enough for
  // `max_streams` messages, all of them unfinished, and on one connection so many are always well. Once the process has
  // grown by so much, which `max_calls` orders at once do not make it, few are enough to end a connection: at 240
  // bytes for each, what is taken until then, and until gRPC has given it back, stays below 300 MiB. Of RPCs that come
  // to nothing one connection may bring some hundred: gRPC's clients send an RPC's headers and message together.
  // Keepalive pings and answers to ours are some hundred bytes a minute, over TLS too.
  FloodGuard::Bounds floods{.patience = {.of_all = 48 << 20, .of_quiet = 48 << 20, .spared = 128 << 10},
                            .if_grown = {.of_all = 512 << 10, .of_quiet = 128 << 10, .spared = 0},
                            .growth = 80 << 20,
                            .aborted = 400,
                            .pings = 1 << 10,
                            .pings_every = absl::Minutes(1)};
  // Of what gRPC keeps for all connections. When it nears this, it gives idle connections up, then calls.
  size_t max_memory_bytes = 256 << 20;

  // From a connection's first byte until it has said that it speaks HTTP/2.
  absl::Duration handshake = absl::Seconds(5);
  // From an RPC's headers to the whole of its first message; and from an answer until the caller has taken it.
  absl::Duration first_message = absl::Seconds(10);
  absl::Duration last_message = absl::Seconds(30);
  // A connection without an RPC; clients make another when they need it.
  absl::Duration idle = absl::Minutes(15);
  // Then a connection takes no more RPCs, so that clients spread over the replicas of now; gRPC varies it by a tenth.
  // Those under way may end for as long as the longest order may take.
  absl::Duration age = absl::Minutes(30);
  absl::Duration age_grace = absl::Hours(1);
  // A peer that has died without a word is found by a ping.
  absl::Duration ping_every = absl::Minutes(1);
  absl::Duration ping_answer = absl::Seconds(20);
};

// Tells gRPC. What concerns single RPCs (max_calls, first_message, last_message) and floods is the RpcServer's.
void Limit(grpc::ServerBuilder& builder, const Limits& limits);

}  // namespace webex_gateway
