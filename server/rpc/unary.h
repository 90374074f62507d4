// The common part of all unary methods: the trace, the request's bytes, the trailers, the report. A service is then
// only a list of (method, handler).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/random/bit_gen_ref.h"
#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "grpcpp/support/byte_buffer.h"
#include "server/base/async.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/trace_context.h"
#include "server/rpc/rpc_observer.h"
#include "server/rpc/rpc_server.h"

namespace webex_gateway {

struct UnaryRequest {
  const RpcCall& call;
  Clock::Time begun;
  TraceContext trace;
  std::unique_ptr<google::protobuf::Message> message;  // of the method's request type
  std::vector<FieldViolation> faults;                  // why the request could not be read; usually none
};

struct UnaryReply {
  absl::StatusOr<grpc::ByteBuffer> answer = absl::UnknownError("no answer");
  std::string request_id;   // the order's; empty if the call is not about one order
  std::string tracking_id;  // Webex's, for a success; may be empty
  int attempts = 0;
  bool validated_only = false;
  bool replayed = false;
  std::optional<double> webex_limit;  // orders a second, if calls wait for it
};

using UnaryHandler = std::function<Async<UnaryReply>(UnaryRequest request)>;

// What the methods of a service share. Everything passed by reference must outlive the server.
struct UnaryFrame {
  Clock& clock;
  RpcObserver& observer;
  absl::BitGenRef random;  // generates the ids of traces
  bool is_order;           // see RpcReport
  Sampler sampler = {};    // see Sample
};

// Adds the method to `server`.
void AddUnaryMethod(RpcServer& server, const UnaryFrame& frame, const google::protobuf::MethodDescriptor& method,
                    UnaryHandler handler);

}  // namespace webex_gateway
