// Telemetry: observers of what is sent.
#pragma once

#include <memory>

#include "absl/strings/string_view.h"
#include "server/http/http.h"

namespace webex_gateway {

// One Send, as seen at the observer's position in the stack.
struct SendReport {
  absl::string_view stage;  // "call": with its retries; "attempt": one try; "refresh": for a token, not for a call
  absl::string_view method;
  const Call& call;
  const absl::StatusOr<HttpAnswer>& result;
  absl::Duration elapsed;
  Clock::Time begun = {};
};

// Why a call is tried again.
enum class RetryCause { kUnreachable, kRateLimited, kRetryAfter, kToken, kFailed };

class SendObserver {
 public:
  virtual ~SendObserver() = default;
  virtual void OnSent(const SendReport& report) = 0;
  virtual void OnRetry(RetryCause cause) = 0;
};

// Reports every Send, once, when it is over. `stage` is a literal.
std::unique_ptr<HttpClient> WithTelemetry(std::unique_ptr<HttpClient> next, Clock& clock, SendObserver& observer,
                                          absl::string_view stage);
// The same around a shared client, which must outlive the result.
std::unique_ptr<HttpClient> WithTelemetry(HttpClient& next, Clock& clock, SendObserver& observer,
                                          absl::string_view stage);

}  // namespace webex_gateway
