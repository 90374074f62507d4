// Sends the orders of a batch, so many at a time.
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
  int in_flight = 32;                          // orders under way at a time, those that wait to be sent again included
  absl::Duration timeout = absl::Seconds(60);  // of each call
  absl::Duration patience = absl::Minutes(5);  // without any order that ends, until the rest is given up
  bool validate_only = false;
  // Of each order to provision, until a call of this run may have sent it. The next ones ask what became of that, and
  // send it no further time.
  webex::broadworks::v1::ProvisionWorkspaceRequest::IfUnknown if_unknown =
      webex::broadworks::v1::ProvisionWorkspaceRequest::IF_UNKNOWN_UNSPECIFIED;
};

// How far it is.
struct BatchProgress {
  absl::Duration elapsed{};
  size_t total = 0;
  size_t applied = 0, refused = 0, unknown = 0;
  size_t under_way = 0;
  bool rate_limited = false;            // Webex has limited the rate in the last seconds
  std::optional<double> webex_limit{};  // to so many orders a second, where the gateway has measured that
  std::string waits_for{};              // why nothing is sent for now; empty: it is

  size_t done() const { return applied + refused + unknown; }
};

// All on the thread that runs the batch.
struct BatchEvents {
  // The order of this number has ended: once for each, those that were never sent at the end. False: the result cannot
  // be kept, so nothing more is sent.
  std::function<bool(size_t number, const BatchResult& result)> on_result;
  std::function<void(const BatchProgress&)> on_progress;  // several times a second
  std::function<bool()> interrupted;                      // whether the user wants it to stop
};

enum class BatchStop {
  kNot,          // every order has ended
  kInterrupted,  // by the user
  kLostCause,    // no order can go well
  kNoProgress,   // none has ended for as long as the patience lasts
  kUnreachable,  // likewise, and the gateway cannot be reached
  kNotKept,      // a result could not be kept
};

struct BatchOutcome {
  BatchStop stop = BatchStop::kNot;
  std::string why{};  // of kLostCause and kNoProgress
};

// Sends every order once, and again under its request id where that is safe (batch_policy.h). After a stop no order
// begins, those under way end, and those that wait to be sent again end with their last answer. Nothing is sent while
// the channel is not connected.
BatchOutcome RunBatchOrders(const std::shared_ptr<grpc::Channel>& channel, const std::vector<BatchOrder>& orders,
                            const BatchSettings& settings, const BatchEvents& events);

}  // namespace webex_gateway::client
