// What the services report to logs and metrics.
#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/base/clock.h"
#include "server/base/trace_context.h"

namespace webex_gateway {

// One completed RPC. Nothing in it is personal or secret.
struct RpcReport {
  absl::string_view method;
  const absl::Status& status;
  absl::string_view request_id;
  absl::string_view tracking_id;
  int attempts = 0;
  bool validated_only = false;
  absl::Duration elapsed;
  bool is_order = true;       // false: it was about orders on record, and carried out none
  absl::string_view caller;   // its identity by TLS; empty if it has none
  absl::string_view service;  // with its package
  const TraceContext& trace = NoTrace();
  Clock::Time begun = {};
};

class RpcObserver {
 public:
  virtual ~RpcObserver() = default;
  virtual void OnAnswered(const RpcReport& report) = 0;
};

}  // namespace webex_gateway
