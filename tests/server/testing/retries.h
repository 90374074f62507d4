// A SendObserver for tests that counts retries.
#pragma once

#include <map>

#include "server/http/telemetry.h"

namespace webex_gateway {

struct Retries : SendObserver {
  void OnSent(const SendReport&) override {}
  void OnRetry(RetryCause cause) override { ++of[cause]; }
  std::map<RetryCause, int> of;
};

}  // namespace webex_gateway
