// Sends the orders of a batch, a limited number at a time.
#pragma once

#include <grpcpp/grpcpp.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "client/batch_file.h"
#include "client/batch_result.h"

namespace webex_gateway::client {

struct BatchSettings {
  int in_flight = 32;                          // orders under way at a time, including those that wait to be sent again
  absl::Duration timeout = absl::Seconds(60);  // of each call
  absl::Duration patience = absl::Minutes(5);  // how long no order may complete before the rest is given up
  bool validate_only = false;
  // For each order to provision, until a call of this run may have sent it. Later calls only ask for its result, and do
  // not send it again.
  webex::broadworks::v1::ProvisionWorkspaceRequest::IfUnknown if_unknown =
      webex::broadworks::v1::ProvisionWorkspaceRequest::IF_UNKNOWN_UNSPECIFIED;
};

// How far the batch is.
struct BatchProgress {
  absl::Duration elapsed{};
  size_t total = 0;
  size_t applied = 0, refused = 0, unknown = 0;
  size_t under_way = 0;
  bool rate_limited = false;            // Webex limited the rate during the last seconds
  std::optional<double> webex_limit{};  // to this many orders a second, if the gateway has measured it
  std::string waits_for{};              // why nothing is sent at present; empty: orders are being sent

  size_t done() const { return applied + refused + unknown; }
};

// All called on the thread that runs the batch.
struct BatchEvents {
  // The order of this number has completed. Called once for each order, at the end for those never sent. Return false
  // if the result cannot be stored: then nothing more is sent.
  std::function<bool(size_t number, const BatchResult& result)> on_result;
  std::function<void(const BatchProgress&)> on_progress;  // several times a second
  std::function<bool()> interrupted;                      // whether the user wants it to stop
};

enum class BatchStop {
  kNot,          // every order has completed
  kInterrupted,  // by the user
  kLostCause,    // no order can succeed
  kNoProgress,   // none has completed for the duration of `patience`
  kUnreachable,  // the same, and the gateway cannot be reached
  kNotKept,      // a result could not be stored
};

struct BatchOutcome {
  BatchStop stop = BatchStop::kNot;
  std::string why{};  // of kLostCause and kNoProgress
};

// Sends every order once, and again under its request id where that is safe (batch_policy.h). After a stop no order
// begins, those under way finish, and those that wait to be sent again end with their last answer. Nothing is sent
// while the channel is not connected.
BatchOutcome RunBatchOrders(const std::shared_ptr<grpc::Channel>& channel, const std::vector<BatchOrder>& orders,
                            const BatchSettings& settings, const BatchEvents& events);

}  // namespace webex_gateway::client
