// The composition root, which with the other gateway_ files alone sees every part.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>

#include "absl/random/random.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/base/clock.h"
#include "server/http/cpprest/client.h"
#include "server/http/stack.h"
#include "server/ledger/ledger.h"
#include "server/ops/admin_server.h"
#include "server/ops/applied_watch.h"
#include "server/ops/history.h"
#include "server/ops/log.h"
#include "server/ops/metrics.h"
#include "server/ops/monitor.h"
#include "server/ops/observers.h"
#include "server/ops/stop.h"
#include "server/ops/tracing.h"
#include "server/options.h"
#include "server/orders/orders.h"
#include "server/otlp/collector.h"
#include "server/otlp/exporter.h"
#include "server/rpc/health_service.h"
#include "server/rpc/rpc_server.h"
#include "server/webex/state_file.h"
#include "server/webex/webex.h"

namespace webex_gateway {

// The whole gateway, from its options to its end. One in a process, since its loop is. The functions are called in this
// order, by one thread that is not the loop's; after an error the gateway can only be destroyed. Errors are in words
// for operators.
class Gateway {
 public:
  // Everything through which an order leaves, with the ledger, of valid options. `log` must outlive the gateway.
  static absl::StatusOr<std::unique_ptr<Gateway>> Create(const Options& options, Log& log);

  // Makes UNKNOWN what was under way when the gateway last ended. Where PostgreSQL is away, that waits for it, and so
  // do orders, but not Serve; a login or a database that it refuses is an error. Begins no thread, and nothing that an
  // end of the process could harm.
  absl::Status Recover();

  // Takes calls from now on.
  absl::Status Serve();

  // Takes no more calls, and ends those under way, within the limits of options.stop. What is not over at its limit is
  // not waited for: then this ends the process, with success.
  void Stop();

  // Ends the process where the ledger does not close: nothing that was answered is on its way there.
  ~Gateway() = default;

 private:
  // On the loop, whose timers it has, within the limit for that.
  struct CloseLedger {
    Gateway* gateway;
    void operator()(Ledger* ledger) const;
  };

  Gateway(const Options& options, Log& log);
  absl::Status CreateObservers();
  absl::Status CreateUpstream();
  absl::Status OpenLedger();
  LedgerOptions LedgerOptionsOf();
  Async<void> CountAndReport();
  Async<bool> CountAtStart();
  void CreateServices();
  void CreateMonitor();
  Async<void> Look();
  Async<bool> IsLooking();
  StopSteps StepsOfStop();
  [[noreturn]] void ExitNow(int code);

  // In their order of life: each may use those above it, and is destroyed before them. What Create or Serve have not
  // come to yet is empty.
  const Options options_;
  Log& log_;
  Loop& loop_;
  const std::unique_ptr<Clock> clock_;
  const absl::Time started_at_;
  Metrics metrics_;
  History history_;
  AppliedWatch applied_;
  absl::BitGen random_;
  std::unique_ptr<GrpcCollector> collector_;  // these three: nothing where no spans are exported
  std::optional<SpanExporter> spans_;
  std::optional<Tracing> tracing_;
  std::optional<Observers> observers_;  // from Create on
  std::unique_ptr<WireClient> wire_;
  std::unique_ptr<HttpClient> refresh_wire_;  // the same, for tokens
  std::optional<StateFile> oauth_state_;
  std::unique_ptr<TokenSource> tokens_;
  std::unique_ptr<HttpStack> http_;
  std::unique_ptr<Webex> webex_;
  std::shared_ptr<ServerCertificate> certificate_;  // null: no TLS
  bool stopped_ = false;
  bool counts_reported_ = false;  // these three for the loop
  bool looking_ = false;
  std::stop_source stop_looking_;
  std::unique_ptr<Ledger, CloseLedger> ledger_{nullptr, CloseLedger{this}};
  // From Serve on:
  std::optional<Orders> orders_;
  std::unique_ptr<RpcServer> server_;
  std::optional<HealthService> health_;
  std::optional<Monitor> monitor_;
  std::unique_ptr<AdminServer> admin_;  // null: nowhere
};

}  // namespace webex_gateway
