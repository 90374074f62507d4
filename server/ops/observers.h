// Passes the same events to log, metrics, history, the watch over applied orders and, if they are exported, spans; the
// sources know only one observer.
#pragma once

#include "server/ops/applied_watch.h"
#include "server/ops/history.h"
#include "server/ops/log.h"
#include "server/ops/metrics.h"
#include "server/ops/tracing.h"
#include "server/orders/orders.h"

namespace webex_gateway {

class Observers : public SendObserver, public RpcObserver, public OrderObserver {
 public:
  // `tracing`: null where no spans are exported.
  Observers(Log& log, Metrics& metrics, History& history, AppliedWatch& applied, Tracing* tracing = nullptr)
      : log_(log), metrics_(metrics), history_(history), applied_(applied), tracing_(tracing) {}

  void OnSent(const SendReport& report) override {
    log_.OnSent(report);
    metrics_.OnSent(report);
    if (tracing_ != nullptr) tracing_->OnSent(report);
  }
  void OnRetry(RetryCause cause) override {
    log_.OnRetry(cause);
    metrics_.OnRetry(cause);
  }
  void OnAnswered(const RpcReport& report) override {
    log_.OnAnswered(report);
    metrics_.OnAnswered(report);
    history_.OnAnswered(report);
    applied_.OnAnswered(report);
    if (tracing_ != nullptr) tracing_->OnAnswered(report);
  }
  void OnLedgerStep(const LedgerStep& step) override {
    if (tracing_ != nullptr) tracing_->OnLedgerStep(step);
  }
  void OnContradicted(const std::string& request_id) override {
    log_.OnContradicted(request_id);
    metrics_.OnContradicted();
  }
  // A LedgerObserver's.
  void OnCommit(bool ok, absl::Duration took) {
    metrics_.OnCommit(ok, took);
    history_.OnCommit(ok, took);
  }

 private:
  Log& log_;
  Metrics& metrics_;
  History& history_;
  AppliedWatch& applied_;
  Tracing* const tracing_;
};

}  // namespace webex_gateway
