// Log and metrics watch the same events; those who tell them know of one observer.
#pragma once

#include "server/ops/log.h"
#include "server/ops/metrics.h"

namespace webex_gateway {

class LogAndMetrics : public SendObserver, public RpcObserver {
 public:
  LogAndMetrics(Log& log, Metrics& metrics) : log_(log), metrics_(metrics) {}

  void OnSent(const SendReport& report) override {
    log_.OnSent(report);
    metrics_.OnSent(report);
  }
  void OnRetry(RetryCause cause) override {
    log_.OnRetry(cause);
    metrics_.OnRetry(cause);
  }
  void OnAnswered(const RpcReport& report) override {
    log_.OnAnswered(report);
    metrics_.OnAnswered(report);
  }

 private:
  Log& log_;
  Metrics& metrics_;
};

}  // namespace webex_gateway
